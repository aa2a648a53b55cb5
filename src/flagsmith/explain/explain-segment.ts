import { type Step, step } from '../../flags/explanation.ts';
import type { CompiledSegment } from '../engine/compile.ts';
import type { ConditionScope } from '../engine/condition.ts';
import type { Identity, RuleContext, SegmentContext } from '../engine/context.ts';
import { compileSegmentRules } from '../engine/rule.ts';
import { explainCondition } from './explain-condition.ts';

/** Deepest nesting of rules that is told. All of them are asked. */
const deepest = 10;

/**
 * Explains whether an identity is in a segment: its rules, which have to match all, each with its conditions. The
 * verdict is that of the segment that serves.
 */
export function explainSegment(
  { segment, matches }: CompiledSegment,
  scope: ConditionScope,
  identity: Identity | null,
  facts: Step['facts'],
  ending: (holds: boolean) => string,
): Step {
  const holds = matches(identity);
  const rules = segment.rules.map((rule) => explainRule(rule, segment, scope, identity, 1));
  const none = rules.length === 0 ? ' has no rules and matches nobody' : holds ? ' matches' : ' does not match';
  const text = `Segment ${segment.key} "${segment.name}"${none}${ending(holds)}`;
  return step('segment', holds, text, { key: segment.key, name: segment.name, ...facts }, rules);
}

function explainRule(
  rule: RuleContext,
  segment: SegmentContext,
  scope: ConditionScope,
  identity: Identity | null,
  depth: number,
): Step {
  const { type, conditions, rules } = rule;
  const holds = compileSegmentRules({ ...segment, rules: [rule] }, scope, () => {})(identity);
  const facts = { type, conditions: conditions.length, rules: rules.length };
  if (depth > deepest) return step('rule', holds, `Rule ${type}, too deep to be told`, facts);
  const steps = [
    ...conditions.map((condition) => explainCondition(condition, segment.key, scope, identity)),
    ...rules.map((inner) => explainRule(inner, segment, scope, identity, depth + 1)),
  ];
  return step('rule', holds, `Rule: ${sentence(rule)}`, facts, steps);
}

function sentence({ type, conditions, rules }: RuleContext): string {
  const what = [count(conditions.length, 'condition'), count(rules.length, 'rule')].filter((part) => part !== '');
  const both = what.length === 2 ? `${what.join(', and ')}, each group by itself` : (what[0] ?? 'nothing: it matches');
  switch (type) {
    case 'ALL':
      return `all of ${both}`;
    case 'ANY':
      return `any of ${both}`;
    case 'NONE':
      return `none of ${both}`;
    default:
      return `type ${type} is not known: it never matches`;
  }
}

function count(number: number, word: string): string {
  return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}
