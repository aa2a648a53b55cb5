import { AsyncLocalStorage } from 'node:async_hooks';
// Types only: this module is there without a collector, too, and what it would load is not.
import type { Attributes, SpanContext } from '@opentelemetry/api';

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
