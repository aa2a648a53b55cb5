import { bucketer, rolloutSeed, utf8Bucketer } from '../bucket.ts';
import { type FieldReader, fieldReader, rootReader } from '../context.ts';
import type { Test } from '../predicate.ts';
import { groupParameter, percentageParameter } from './parameters.ts';
import type { EngineEnvironment, StrategyCompiler } from './types.ts';

/** `gradualRolloutUserId` and `gradualRolloutSessionId`: a share of all ids. */
export function gradualRollout(field: 'userId' | 'sessionId'): StrategyCompiler {
  return (parameters, reads, environment) =>
    rollout(
      percentageParameter(parameters.percentage),
      groupParameter(parameters.groupId),
      rootReader(field, reads),
      environment,
    );
}

/** `gradualRolloutRandom`: a share of all requests. */
export const gradualRolloutRandom: StrategyCompiler = (parameters, _reads, { random, semantics }) => {
  const percentage = percentageParameter(parameters.percentage);
  if (!(percentage >= 1)) return false;
  // Yggdrasil draws from 1 to 99 and wants less: 1 % is never.
  if (semantics === 'yggdrasil') return () => Math.floor(random() * 99) + 1 < percentage;
  return () => Math.round(random() * 99) + 1 <= percentage;
};

/** `flexibleRollout`: a share of the values of a field, of users or else sessions, or of all requests. */
export const flexibleRollout: StrategyCompiler = (parameters, reads, environment) =>
  rollout(
    percentageParameter(parameters.rollout),
    groupParameter(parameters.groupId),
    stickinessReader(parameters.stickiness, reads, environment),
    environment,
  );

/** Reads what a flexible rollout is sticky to. */
export function stickinessReader(stickiness: unknown, reads: Set<string>, { random }: EngineEnvironment): FieldReader {
  const drawn = () => String(Math.round(random() * 10_000) + 1);
  if (stickiness === 'random') return drawn;
  const field = groupParameter(stickiness) || 'default';
  if (field !== 'default') return fieldReader(field, reads);
  const user = rootReader('userId', reads);
  const session = rootReader('sessionId', reads);
  return (context) => user(context) ?? session(context) ?? drawn();
}

function rollout(percentage: number, group: string, read: FieldReader, { semantics }: EngineEnvironment): Test {
  if (!(percentage >= 1)) return false;
  const hash = (semantics === 'yggdrasil' ? utf8Bucketer : bucketer)(group, rolloutSeed);
  const countsBlank = semantics === 'yggdrasil';
  return (context) => {
    const id = read(context);
    return id !== undefined && (countsBlank || id !== '') && (hash(id) % 100) + 1 <= percentage;
  };
}
