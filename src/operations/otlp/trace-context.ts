import { AsyncLocalStorage } from 'node:async_hooks';
import { type Attributes, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { parseTraceParent, TraceState } from '@opentelemetry/core';

/** W3C trace context: which trace a request belongs to, as headers say it. */

type Header = (name: string) => string | undefined;

/** Longer lists than the standard asks for may be cut off; this long ones are not taken over at all. */
const longestState = 512;

/** What the caller says; undefined where it says nothing usable. */
export function readTraceContext(parent: string | undefined, header: Header): SpanContext | undefined {
  if (parent === undefined || parent.length > 128) return undefined;
  const context = parseTraceParent(parent);
  if (context === null || !isSpanContextValid(context)) return undefined;
  const state = header('tracestate');
  const traceState = state === undefined || state.length > longestState ? undefined : new TraceState(state);
  return { ...context, isRemote: true, ...(traceState === undefined ? {} : { traceState }) };
}

/** The headers that tell another server. */
export function traceHeaders({ traceId, spanId, traceFlags, traceState }: SpanContext): Record<string, string> {
  const state = traceState?.serialize();
  return {
    traceparent: `00-${traceId}-${spanId}-${isSampled(traceFlags) ? '01' : '00'}`,
    ...(state ? { tracestate: state } : {}),
  };
}

/** True where the caller records. */
export function isSampled(traceFlags: number): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/**
 * The trace that what runs now belongs to. It ends with its request: timers and fetches that a request set going for
 * longer carry on with the same object, and are none of its business.
 */
export interface ActiveTrace {
  context: SpanContext | undefined;
  /** Adds to the span of the request; undefined where it is not recorded. */
  readonly note?: ((attributes: Attributes) => void) | undefined;
}

const active = new AsyncLocalStorage<ActiveTrace>();

/** The context that calls are made in now. */
export function activeContext(): SpanContext | undefined {
  return active.getStore()?.context;
}

/** Adds to the span of the request that runs now; undefined where there is none, or it has ended. */
export function activeNote(): ActiveTrace['note'] {
  const store = active.getStore();
  return store?.context === undefined ? undefined : store.note;
}

/** Runs something in a context. Whoever set it ends it, by taking it out of `trace`. */
export function runIn<Result>(trace: ActiveTrace, run: () => Result): Result {
  return active.run(trace, run);
}
