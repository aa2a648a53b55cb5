import { hashStart, rolloutSeed } from '../bucket.ts';
import { fieldReader, rootReader, userOrSession } from '../context.ts';
import { Fresh, type Test } from '../predicate.ts';
import { Share } from '../share.ts';
import { sharedParts } from '../shared.ts';
import { Stickiness } from '../stickiness.ts';
import { groupParameter, percentageParameter } from './parameters.ts';
import type { EngineEnvironment, StrategyCompiler } from './types.ts';

/** `gradualRolloutUserId` and `gradualRolloutSessionId`: a share of all ids. */
export function gradualRollout(field: 'userId' | 'sessionId'): StrategyCompiler {
  return (parameters, reads, environment) => {
    const read = rootReader(field, reads);
    return rollout(
      percentageParameter(parameters.percentage),
      groupParameter(parameters.groupId),
      sharedStickiness(`root ${field}`, environment, () => [read, undefined]),
    );
  };
}

/** `gradualRolloutRandom`: a share of all requests. */
export const gradualRolloutRandom: StrategyCompiler = (parameters, _reads, { random, semantics }) => {
  const percentage = percentageParameter(parameters.percentage);
  if (!(percentage >= 1)) return false;
  // Yggdrasil draws from 1 to 99 and wants less: 1 % is never.
  if (semantics === 'yggdrasil') return new Fresh(() => Math.floor(random() * 99) + 1 < percentage, false);
  return new Fresh(() => Math.round(random() * 99) + 1 <= percentage, false);
};

/** `flexibleRollout`: a share of the values of a field, of users or else sessions, or of all requests. */
export const flexibleRollout: StrategyCompiler = (parameters, reads, environment) =>
  rollout(
    percentageParameter(parameters.rollout),
    groupParameter(parameters.groupId),
    rolloutStickiness(parameters.stickiness, reads, environment),
  );

/** What a flexible rollout is sticky to. */
export function rolloutStickiness(stickiness: unknown, reads: Set<string>, environment: EngineEnvironment): Stickiness {
  if (stickiness === 'random') {
    return sharedStickiness('random', environment, () => [undefined, drawn(environment)]);
  }
  const field = groupParameter(stickiness) || 'default';
  if (field !== 'default') {
    const read = fieldReader(field, reads);
    return sharedStickiness(`field ${field}`, environment, () => [read, undefined]);
  }
  reads.add('userId').add('sessionId');
  return sharedStickiness('default', environment, () => [userOrSession, drawn(environment)]);
}

function sharedStickiness(
  description: string,
  environment: EngineEnvironment,
  parts: () => [read: Stickiness['read'], draw: Stickiness['draw']],
): Stickiness {
  const isYggdrasil = environment.semantics === 'yggdrasil';
  return sharedParts(environment).rolloutStickiness.once(description, () => new Stickiness(...parts(), isYggdrasil));
}

function drawn({ random }: EngineEnvironment): () => number {
  return () => Math.round(random() * 10_000) + 1;
}

function rollout(percentage: number, group: string, stickiness: Stickiness): Test {
  if (!(percentage >= 1)) return false;
  return new Share(percentage, stickiness, hashStart(group, rolloutSeed, stickiness.isYggdrasil));
}
