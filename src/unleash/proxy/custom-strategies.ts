import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Context } from '../engine/context.ts';
import type { CustomStrategy } from '../engine/strategies/types.ts';
import type { CustomStrategyObject } from './config-types.ts';

/** Longest time that one call may take without a warning. It cannot be interrupted. */
const slowMs = 50;

/**
 * Makes strategies from outside safe to call: what they throw counts as false and is logged once per strategy, what
 * they do to the context stays with their own copy, and a promise counts as true, as it always has, with its rejection
 * caught.
 *
 * Source: Unleash Proxy specification 8.1; 9.2, 3; 11.3, 30.
 *
 * @throws Error when an entry has no name or no `isEnabled` function
 */
export function createCustomStrategies(
  strategies: readonly CustomStrategyObject[],
  logger: Logger,
  now: () => number,
): ReadonlyMap<string, CustomStrategy> {
  return new Map(strategies.map((strategy) => [strategyName(strategy), contained(strategy, logger, now)]));
}

function strategyName(strategy: CustomStrategyObject): string {
  if (!strategy || typeof strategy.name !== 'string' || !strategy.name || typeof strategy.isEnabled !== 'function') {
    throw new Error('Invalid strategy data / interface');
  }
  return strategy.name;
}

function contained(strategy: CustomStrategyObject, logger: Logger, now: () => number): CustomStrategy {
  const { name } = strategy;
  const warned = new Set<string>();
  const warnOnce = (kind: string, message: string) => {
    if (warned.has(kind)) return;
    warned.add(kind);
    tell(logger, logEvents.customStrategyFailed, `Custom strategy "${name}" ${message}`);
  };
  return (parameters, context) => {
    const startedMs = now();
    try {
      const answer = strategy.isEnabled({ ...parameters }, copyOf(context));
      if (isThenable(answer)) {
        warnOnce('promise', 'returned a promise, which counts as true. Strategies have to be synchronous');
        Promise.resolve(answer).catch((error: unknown) => warnOnce('rejection', `rejected: ${describe(error)}`));
      }
      return Boolean(answer);
    } catch (error) {
      warnOnce('throw', `failed and counts as false: ${describe(error)}`);
      return false;
    } finally {
      if (now() - startedMs > slowMs) warnOnce('slow', `took ${now() - startedMs} ms. Requests wait for it`);
    }
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** The context in the shape of the original SDK: fields that are missing are absent, properties are a plain object. */
function copyOf(context: Context): object {
  const { properties, ...fields } = context;
  const copy: Record<string, unknown> = { properties: { ...properties } };
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) copy[name] = value;
  return copy;
}

/** Foreign code may throw anything, also things that fail when looked at. */
function describe(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
