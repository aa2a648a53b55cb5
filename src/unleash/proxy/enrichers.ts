import type { HttpRequest } from '../../http/types.ts';
import type { RawContext } from '../context/raw-context.ts';
import { isRecord } from '../definitions/is-record.ts';
import { createProperties } from '../engine/context.ts';

/** Changes or replaces a context before evaluation. Gets the host's request as its second argument. */
export type ContextEnricher = (
  context: EnricherContext,
  request?: unknown,
) => EnricherContext | Promise<EnricherContext>;

/** A context as enrichers see it: plain objects, free to be changed. */
export interface EnricherContext {
  appName?: string;
  environment?: string;
  userId?: string;
  sessionId?: string;
  remoteAddress?: string;
  currentTime?: Date;
  properties?: Record<string, unknown>;
  [field: string]: unknown;
}

/** Runs all enrichers over a context. Rejects when one of them fails; the request then fails, and nothing else. */
export type Enrich = (context: RawContext, request: Pick<HttpRequest, 'native'>) => Promise<RawContext>;

/**
 * Chains enrichers. Entries that are no functions are skipped. One that returns nothing, or takes longer than the
 * limit, counts as failed.
 *
 * @param setTimer like `setTimeout`; returns a function that cancels
 */
export function createEnrich(
  enrichers: readonly unknown[],
  limitMs: number,
  setTimer: (run: () => void, ms: number) => () => void,
): Enrich | undefined {
  const chain = enrichers.filter((enricher): enricher is ContextEnricher => typeof enricher === 'function');
  if (chain.length === 0) return undefined;
  return async (context, request) => {
    let current: unknown = { ...context, properties: { ...context.properties } };
    for (const enricher of chain) {
      const result: unknown = enricher(current as EnricherContext, request.native);
      current = isThenable(result) ? await within(limitMs, result, setTimer) : result;
      if (!isRecord(current)) throw new Error('a context enricher returned no context');
    }
    return toRawContext(current as EnricherContext);
  };
}

/**
 * Reads an enriched context back. Constraints look at a field of any name before they look at the property of that
 * name, so fields beyond the usual ones count as properties and win over them.
 */
function toRawContext(context: EnricherContext): RawContext {
  const { appName, environment, userId, sessionId, remoteAddress, currentTime, properties, ...others } = context;
  const merged = Object.assign(createProperties(), properties);
  for (const [name, value] of Object.entries(others)) if (value) merged[name] = value;
  return {
    ...others,
    ...{ appName, environment, userId, sessionId, remoteAddress },
    ...(currentTime instanceof Date ? { currentTime } : {}),
    properties: merged,
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isRecord(value) && typeof value.then === 'function';
}

/** Waits for foreign code no longer than a limit. */
function within(
  limitMs: number,
  result: PromiseLike<unknown>,
  setTimer: (run: () => void, ms: number) => () => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(() => reject(new Error(`a context enricher took longer than ${limitMs} ms`)), limitMs);
    Promise.resolve(result).then(resolve, reject).finally(cancel);
  });
}
