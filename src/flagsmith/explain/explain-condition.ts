import { cut, type Step, step } from '../../flags/explanation.ts';
import { type ConditionScope, compileCondition } from '../engine/condition.ts';
import type { ConditionContext, Identity } from '../engine/context.ts';
import { percentage } from '../engine/percentage.ts';
import { propertyReader } from '../engine/property.ts';
import { scalarText } from '../engine/values.ts';
import type { Scalar } from '../json/value.ts';
import { percent, plain, shownJson } from './plain.ts';

/**
 * Explains one condition: what it wants, what it saw, what came of it. The verdict is that of the compiled condition.
 *
 * @param identity null for none
 */
export function explainCondition(
  condition: ConditionContext,
  segmentKey: string,
  scope: ConditionScope,
  identity: Identity | null,
): Step {
  const { property, operator, value: wanted } = condition;
  let problem: string | undefined;
  const test = compileCondition(condition, segmentKey, scope, (_code, message) => {
    problem = message;
  });
  const holds = test(identity);
  if (operator === 'PERCENTAGE_SPLIT') return explainSplit(condition, segmentKey, scope, identity, holds, problem);
  const seen = propertyReader(property, scope)(identity);
  const asked = operator === 'IS_SET' || operator === 'IS_NOT_SET';
  const words = `${shownJson(property)} ${operator}${asked ? '' : ` ${shownJson(wanted)}`}`;
  const text = `${words}: ${problem ?? `saw ${seenText(seen)}`}`;
  return step('condition', holds, text, {
    property: cut(property),
    operator,
    wanted: plain(wanted),
    seen: plain(seen),
    seenType: typeName(seen),
    ...(problem === undefined ? {} : { problem }),
  });
}

function explainSplit(
  { property, value: wanted }: ConditionContext,
  segmentKey: string,
  scope: ConditionScope,
  identity: Identity | null,
  holds: boolean,
  problem: string | undefined,
): Step {
  const seen: Scalar = property === '' ? (identity?.key ?? null) : propertyReader(property, scope)(identity);
  const by = property === '' ? 'identity key' : property;
  const facts = {
    property: cut(by),
    operator: 'PERCENTAGE_SPLIT',
    segmentKey,
    wanted: plain(wanted),
    seen: plain(seen),
  };
  const head = `${by} in ${shownJson(wanted)} % of segment ${segmentKey}`;
  if (problem !== undefined || seen === null) {
    const text = `${head}: ${problem ?? 'saw nothing, which is in no share'}`;
    return step('condition', holds, text, { ...facts, share: null, ...(problem === undefined ? {} : { problem }) });
  }
  const share = percentage(`${segmentKey},${scalarText(seen)}`);
  const text = `${head}: ${shownJson(seen)} is at ${percent(share)} (${holds ? '<=' : '>'} ${shownJson(wanted)})`;
  return step('condition', holds, text, { ...facts, share });
}

function seenText(seen: Scalar): string {
  return seen === null ? 'nothing' : `${shownJson(seen)} (${typeName(seen)})`;
}

/** Types decide how values are compared, so they are worth a word. */
function typeName(value: Scalar): string {
  if (value === null) return 'not set';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'object' ? 'float' : 'integer';
}
