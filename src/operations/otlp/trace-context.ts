import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
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
