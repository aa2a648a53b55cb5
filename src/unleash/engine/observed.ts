import type { Definitions, FeatureDefinition } from '../definitions/types.ts';
import type { CompiledFlag } from './flag.ts';
import type { CompiledSegments } from './strategies/compile.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/** How often evaluations asked for anything besides the context: chance, the clock, a strategy from outside. */
export interface Asked {
  times: number;
}

/** One flag, compiled by itself. */
export interface CompiledPart {
  readonly flag: CompiledFlag;
  /** Names of the context fields that it reads. */
  readonly reads: readonly string[];
  /** The segments that it was compiled with; undefined when it uses none. */
  readonly segments: Definitions['segments'] | undefined;
}

/** An engine environment that counts what it is asked for, and remembers what was compiled with it. */
export interface ObservedEnvironment extends EngineEnvironment {
  readonly asked: Asked;
  readonly compiledSegments: WeakMap<Definitions['segments'], CompiledSegments>;
  readonly compiledFlags: WeakMap<FeatureDefinition, CompiledPart>;
}

const observed = new WeakMap<EngineEnvironment, ObservedEnvironment>();

/**
 * The same environment, counting. One per environment: parts that were compiled for an earlier set of flags go on
 * counting for the next one.
 */
export function observe(environment: EngineEnvironment): ObservedEnvironment {
  let counting = observed.get(environment);
  if (counting === undefined) {
    const asked: Asked = { times: 0 };
    const { random, now, customStrategies } = environment;
    const count = <Args extends unknown[], Result>(call: (...args: Args) => Result) => {
      return (...args: Args): Result => {
        asked.times++;
        return call(...args);
      };
    };
    counting = {
      ...environment,
      asked,
      compiledSegments: new WeakMap(),
      compiledFlags: new WeakMap(),
      random: count(random),
      now: count(now),
      customStrategies: new Map(Array.from(customStrategies, ([name, test]) => [name, count(test)])),
    };
    observed.set(environment, counting);
  }
  return counting;
}
