import type { EngineEnvironment } from './strategies/types.ts';

/** How often evaluations asked for anything besides the context: chance, the clock, a strategy from outside. */
export interface Asked {
  times: number;
}

/** An engine environment that counts what it is asked for. */
export interface ObservedEnvironment extends EngineEnvironment {
  readonly asked: Asked;
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
      random: count(random),
      now: count(now),
      customStrategies: new Map(Array.from(customStrategies, ([name, test]) => [name, count(test)])),
    };
    observed.set(environment, counting);
  }
  return counting;
}
