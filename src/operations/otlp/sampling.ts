import { ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { SamplingRule } from './settings.ts';
import { isSampled } from './trace-context.ts';

/** Decides which requests are recorded. */
export interface Sampling {
  /** Of a request whose caller says nothing. Costs one random number. */
  readonly root: () => boolean;
  /** Of one whose caller says which trace it belongs to. */
  readonly child: (parent: SpanContext) => boolean;
  /** Of calls that no request is the cause of: they are few, and recorded unless nothing is to be. */
  readonly own: boolean;
}

/** @param random from 0 to below 1 */
export function createSampling({ parentBased, ratio }: SamplingRule, random: () => number): Sampling {
  // All servers that decide by the same share have to come to the same decision about a trace.
  const byTrace = new TraceIdRatioBasedSampler(ratio);
  return {
    root: () => random() < ratio,
    child: ({ traceId, traceFlags }) =>
      parentBased
        ? isSampled(traceFlags)
        : byTrace.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED,
    own: ratio > 0,
  };
}
