import { finish, type Steps } from '../../flags/steps.ts';
import { type ConditionScope, conditionSteps, never, type Predicate } from './condition.ts';
import type { RuleContext, SegmentContext } from './context.ts';
import { type Report, shown } from './issues.ts';

const always: Predicate = () => true;

/**
 * Compiles a segment: true when it has rules and all of them match. Stops at the first that does not (spec sections 7.2
 * and 7.3). {@link never} when that is certain.
 */
export function compileSegmentRules(segment: SegmentContext, scope: ConditionScope, report: Report): Predicate {
  return finish(segmentRuleSteps(segment, scope, report));
}

/** {@link compileSegmentRules} in steps, which end after some conditions. */
export function* segmentRuleSteps(segment: SegmentContext, scope: ConditionScope, report: Report): Steps<Predicate> {
  if (segment.rules.length === 0) return never;
  const rules: Predicate[] = [];
  for (const rule of segment.rules) rules.push(yield* ruleSteps(rule, segment, scope, report));
  return every(rules);
}

const conditionsPerStep = 50;

function* ruleSteps(
  rule: RuleContext,
  segment: SegmentContext,
  scope: ConditionScope,
  report: Report,
): Steps<Predicate> {
  const conditions: Predicate[] = [];
  for (const condition of rule.conditions) {
    const where = () => `${nameOf(segment)}, condition on "${shown(condition.property)}"`;
    const tell: Parameters<typeof conditionSteps>[3] = (code, message) => report({ code, message, where: where() });
    conditions.push(yield* conditionSteps(condition, segment.key, scope, tell));
    if (conditions.length % conditionsPerStep === 0) yield;
  }
  const subRules: Predicate[] = [];
  for (const subRule of rule.rules) {
    subRules.push(yield* ruleSteps(subRule, segment, scope, report));
    if (subRules.length % conditionsPerStep === 0) yield;
  }
  const quantify = quantifiers.get(rule.type);
  if (quantify === undefined) {
    const message = `rule type ${shown(rule.type)} is not known; the rule never matches`;
    report({ code: 'rule.type', where: nameOf(segment), message });
    return never;
  }
  // the two halves are always both required, whatever the quantifier within them
  return every([half(conditions, quantify), half(subRules, quantify)]);
}

function nameOf({ key, name }: SegmentContext): string {
  return `segment ${key} "${shown(name)}"`;
}

function half(members: readonly Predicate[], quantify: (members: readonly Predicate[]) => Predicate): Predicate {
  return members.length === 0 ? always : quantify(members);
}

function every(members: readonly Predicate[]): Predicate {
  if (members.includes(never)) return never;
  const deciding = members.filter((member) => member !== always);
  if (deciding.length === 0) return always;
  if (deciding.length === 1) return deciding[0]!;
  return (identity) => {
    for (let i = 0; i < deciding.length; i++) if (!deciding[i]!(identity)) return false;
    return true;
  };
}

function some(members: readonly Predicate[]): Predicate {
  if (members.includes(always)) return always;
  const deciding = members.filter((member) => member !== never);
  if (deciding.length === 0) return never;
  if (deciding.length === 1) return deciding[0]!;
  return (identity) => {
    for (let i = 0; i < deciding.length; i++) if (deciding[i]!(identity)) return true;
    return false;
  };
}

function none(members: readonly Predicate[]): Predicate {
  const any = some(members);
  if (any === never) return always;
  return any === always ? never : (identity) => !any(identity);
}

const quantifiers = new Map([
  ['ALL', every],
  ['ANY', some],
  ['NONE', none],
]);
