import { type HashStart, hashFrom, hashStart, rolloutSeed } from '../bucket.ts';
import { type FieldReader, fieldReader, rootReader } from '../context.ts';
import type { Predicate, Test } from '../predicate.ts';
import { sharedParts } from '../shared.ts';
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
export function stickinessReader(stickiness: unknown, reads: Set<string>, environment: EngineEnvironment): FieldReader {
  const { rolloutReaders } = sharedParts(environment);
  if (stickiness === 'random') return rolloutReaders.once('random', () => drawn(environment));
  const field = groupParameter(stickiness) || 'default';
  if (field !== 'default') return fieldReader(field, reads);
  reads.add('userId').add('sessionId');
  return rolloutReaders.once('default', () => {
    const otherwise = drawn(environment);
    return (context) => context.userId ?? context.sessionId ?? otherwise(context);
  });
}

function drawn({ random }: EngineEnvironment): FieldReader {
  return () => String(Math.round(random() * 10_000) + 1);
}

function rollout(percentage: number, group: string, read: FieldReader, { semantics }: EngineEnvironment): Test {
  if (!(percentage >= 1)) return false;
  const isYggdrasil = semantics === 'yggdrasil';
  return share(percentage, read, hashStart(group, rolloutSeed, isYggdrasil), isYggdrasil);
}

/** @param isYggdrasil blank ids count, and so do the bytes of UTF-8 */
function share(
  percentage: number,
  read: FieldReader,
  { state, block, length }: HashStart,
  isYggdrasil: boolean,
): Predicate {
  return (context) => {
    const id = read(context);
    if (id === undefined || (id === '' && !isYggdrasil)) return false;
    return (hashFrom(state, block, length, id, isYggdrasil) % 100) + 1 <= percentage;
  };
}
