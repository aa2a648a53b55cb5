import type { Steps } from '../../../flags/steps.ts';
import type { RuleContext } from '../context.ts';
import type { Mentions } from './mentions.ts';
import { type Attention, type Requirement, requirementOf } from './requirement.ts';

/** Requirements of which one must be fulfilled for a segment to match, with what they cost. */
export interface Choice {
  readonly requirements: readonly Requirement[];
  /** How many segments an identity that fulfils them meets at most, roughly. */
  readonly cost: number;
}

const conditionsPerStep = 100;
/** Most requirements that one segment is found by. */
const mostAlternatives = 100;

/** The cheapest way to find a segment: its rules must match all (spec sections 7.2 and 7.3). Null where there is none. */
export function* chooseForRules(
  rules: readonly RuleContext[],
  mentions: Mentions,
  attention: Attention,
): Steps<Choice | null> {
  let cheapest: Choice | null = null;
  for (const rule of rules) {
    cheapest = cheaper(cheapest, yield* chooseForRule(rule, mentions, attention));
    yield;
  }
  return cheapest;
}

function* chooseForRule(
  { type, conditions, rules }: RuleContext,
  mentions: Mentions,
  attention: Attention,
): Steps<Choice | null> {
  const combine = combinations.get(type);
  if (combine === undefined) return null;
  let ofConditions: Choice | null | undefined;
  for (let i = 0; i < conditions.length; i++) {
    const requirement = requirementOf(conditions[i]!, attention);
    const choice = requirement && { requirements: [requirement], cost: mentions.cost(requirement) };
    ofConditions = ofConditions === undefined ? choice : combine(ofConditions, choice);
    if (i % conditionsPerStep === conditionsPerStep - 1) yield;
  }
  let ofRules: Choice | null | undefined;
  for (let i = 0; i < rules.length; i++) {
    const choice: Choice | null = yield* chooseForRule(rules[i]!, mentions, attention);
    ofRules = ofRules === undefined ? choice : combine(ofRules, choice);
    if (i % conditionsPerStep === conditionsPerStep - 1) yield;
  }
  // both halves are required; an empty one requires nothing
  return cheaper(ofConditions ?? null, ofRules ?? null);
}

/** Where both must hold, one is enough to be found by. */
function cheaper(left: Choice | null, right: Choice | null): Choice | null {
  if (left === null || right === null) return left ?? right;
  return right.cost < left.cost ? right : left;
}

/** Where one must hold, each must be found. */
function both(left: Choice | null, right: Choice | null): Choice | null {
  if (left === null || right === null) return null;
  const requirements = [...left.requirements, ...right.requirements];
  const cost = left.cost + right.cost;
  if (requirements.length <= mostAlternatives) return { requirements, cost };
  const properties = new Set(requirements.map(({ property }) => property));
  if (properties.size > mostAlternatives) return null;
  return { requirements: [...properties].map((property) => ({ kind: 'set', property })), cost };
}

/** By type of rule. What is in a rule of another type need not hold. */
const combinations = new Map([
  ['ALL', cheaper],
  ['ANY', both],
]);
