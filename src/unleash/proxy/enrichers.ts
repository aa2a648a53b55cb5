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
export type Enrich = (context: RawContext, request: HttpRequest) => Promise<RawContext>;

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
      const result = enricher(current as EnricherContext, request.native);
      current = result instanceof Promise ? await within(limitMs, result, setTimer) : await result;
      if (!isRecord(current)) throw new Error('a context enricher returned no context');
    }
    return toRawContext(current as EnricherContext);
  };
}

function toRawContext(context: EnricherContext): RawContext {
  const { currentTime, properties, ...fields } = context;
  return {
    ...fields,
    ...(currentTime instanceof Date ? { currentTime } : {}),
    properties: Object.assign(createProperties(), properties),
  };
}

function within<Result>(
  limitMs: number,
  result: Promise<Result>,
  setTimer: (run: () => void, ms: number) => () => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = setTimer(() => reject(new Error(`a context enricher took longer than ${limitMs} ms`)), limitMs);
    result.then(resolve, reject).finally(cancel);
  });
}
