import type { Steps } from '../../../flags/steps.ts';
import type { RuleContext } from '../context.ts';
import { type Requirement, requirementOf, type ValueKey } from './requirement.ts';

/** Requirements of which one must be fulfilled for a segment to match, with what they cost. */
export interface Choice {
  readonly requirements: readonly Requirement[];
  /** How many segments an identity that fulfils them meets at most, roughly. */
  readonly cost: number;
}

const conditionsPerStep = 100;
/** Most requirements that one segment is found by. */
const mostAlternatives = 100;

/**
 * Counts what the conditions of a document require, so that each segment can be found by what few others require: an
 * identity then meets few segments, however many ask for something that everybody has.
 */
export class Mentions {
  readonly #properties = new Map<string, { count: number; readonly values: Map<ValueKey, number> }>();

  /** Counts all conditions of some rules. */
  *add(rules: readonly RuleContext[]): Steps<void> {
    for (const { conditions, rules: subRules } of rules) {
      for (let i = 0; i < conditions.length; i++) {
        const requirement = requirementOf(conditions[i]!);
        if (requirement !== null) this.#count(requirement);
        if (i % conditionsPerStep === conditionsPerStep - 1) yield;
      }
      yield* this.add(subRules);
      yield;
    }
  }

  /** How many conditions could be found together with this one. */
  cost(requirement: Requirement): number {
    const known = this.#properties.get(requirement.property);
    if (known === undefined) return 0;
    if (requirement.kind === 'set') return known.count;
    // a bound keeps some values out
    if (requirement.kind !== 'value') return known.count / 2;
    let most = 0;
    for (const key of requirement.keys) if (isTelling(key)) most = Math.max(most, known.values.get(key) ?? 0);
    return most;
  }

  #count(requirement: Requirement): void {
    let known = this.#properties.get(requirement.property);
    if (known === undefined) {
      known = { count: 0, values: new Map() };
      this.#properties.set(requirement.property, known);
    }
    known.count += 1;
    if (requirement.kind !== 'value') return;
    for (const key of requirement.keys) if (isTelling(key)) known.values.set(key, (known.values.get(key) ?? 0) + 1);
  }
}

/** Every value of EQUAL is cast to a boolean, nearly always to true, for the few properties that are booleans. */
function isTelling(key: ValueKey): boolean {
  return typeof key !== 'boolean';
}

/** The cheapest way to find a segment: its rules must match all (spec sections 7.2 and 7.3). Null where there is none. */
export function* chooseForRules(rules: readonly RuleContext[], mentions: Mentions): Steps<Choice | null> {
  let cheapest: Choice | null = null;
  for (const rule of rules) {
    cheapest = cheaper(cheapest, yield* chooseForRule(rule, mentions));
    yield;
  }
  return cheapest;
}

function* chooseForRule({ type, conditions, rules }: RuleContext, mentions: Mentions): Steps<Choice | null> {
  const combine = combinations.get(type);
  if (combine === undefined) return null;
  let ofConditions: Choice | null | undefined;
  for (let i = 0; i < conditions.length; i++) {
    const requirement = requirementOf(conditions[i]!);
    const choice = requirement && { requirements: [requirement], cost: mentions.cost(requirement) };
    ofConditions = ofConditions === undefined ? choice : combine(ofConditions, choice);
    if (i % conditionsPerStep === conditionsPerStep - 1) yield;
  }
  let ofRules: Choice | null | undefined;
  for (let i = 0; i < rules.length; i++) {
    const choice: Choice | null = yield* chooseForRule(rules[i]!, mentions);
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
