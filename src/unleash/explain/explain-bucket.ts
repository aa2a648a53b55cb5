import { cut, type Step, shown, step } from '../../flags/explanation.ts';
import { bucketer, rolloutSeed, utf8Bucketer } from '../engine/bucket.ts';
import { type Context, type FieldReader, rootReader } from '../engine/context.ts';
import { groupParameter, percentageParameter } from '../engine/strategies/parameters.ts';
import { rolloutStickiness } from '../engine/strategies/rollouts.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';

/** A rollout by an id: what was hashed, where it fell, and where the line is. */
interface Rollout {
  readonly percentage: number;
  readonly group: string;
  /** Which field it is sticky to, in words of the definition. */
  readonly stickiness: string;
  readonly read: FieldReader;
}

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Explains the share of users that a strategy is for. `holds` is the engine's verdict; the bucket is read with the same
 * draws.
 */
export function explainRollout(
  name: string,
  parameters: Parameters,
  context: Context,
  environment: EngineEnvironment,
  holds: boolean,
): Step {
  const { percentage, group, stickiness, read } = rolloutOf(name, parameters, environment);
  const facts = { stickiness, group, seed: rolloutSeed, percentage: Number.isNaN(percentage) ? null : percentage };
  if (!(percentage >= 1)) {
    const text = Number.isNaN(percentage)
      ? 'the share is no number: it is for nobody'
      : `${percentage} %: it is for nobody`;
    return step('bucket', holds, text, { ...facts, id: null, hash: null, bucket: null });
  }
  const id = read(context);
  if (id === undefined || id === '') {
    const text = `${percentage} % of ${stickiness}: saw ${shown(id)}, which is in no share`;
    return step('bucket', holds, text, { ...facts, id: null, hash: null, bucket: null });
  }
  const hash = (environment.semantics === 'yggdrasil' ? utf8Bucketer : bucketer)(group, rolloutSeed)(id);
  const bucket = (hash % 100) + 1;
  const line = `${bucket} ${bucket <= percentage ? '<=' : '>'} ${percentage}`;
  const text = `${percentage} % of ${stickiness}, group ${shown(group)}: ${shown(id)} is in bucket ${bucket} of 100 (${line})`;
  return step('bucket', holds, text, { ...facts, id: cut(id), hash, bucket });
}

function rolloutOf(name: string, parameters: Parameters, environment: EngineEnvironment): Rollout {
  const group = groupParameter(parameters.groupId);
  if (name === 'flexibleRollout') {
    const stickiness = groupParameter(parameters.stickiness) || 'default';
    const sticky = rolloutStickiness(parameters.stickiness, new Set(), environment);
    const read = (context: Context) => sticky.idOf(context);
    return { percentage: percentageParameter(parameters.rollout), group, stickiness: named(stickiness), read };
  }
  const field = name === 'gradualRolloutUserId' ? 'userId' : 'sessionId';
  const percentage = percentageParameter(parameters.percentage);
  return { percentage, group, stickiness: field, read: rootReader(field, new Set()) };
}

function named(stickiness: string): string {
  return stickiness === 'default' ? 'default (userId, else sessionId, else random)' : stickiness;
}
