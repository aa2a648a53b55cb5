import type { HrTime, Tracer } from '@opentelemetry/api';
import { millisToHrTime, SDK_INFO } from '@opentelemetry/core';
import {
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Told } from '../../flags/events/tell.ts';
import type { Timers } from '../../flags/timers.ts';
import { type Instruments, noInstruments } from '../../http/instruments.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { withClientSpans, withStreamSpans, withTraceHeaders } from './client-spans.ts';
import { createExchange } from './exchange.ts';
import { OtlpFigures, showOtlpFigures } from './figures.ts';
import { metricData } from './metric-data.ts';
import { MetricExport } from './metric-export.ts';
import { Report } from './report.ts';
import { createSampling } from './sampling.ts';
import { inCallersTrace, withServerSpans } from './server-spans.ts';
import type { FiguresPage, OtlpSettings, SignalSettings } from './settings.ts';
import { SpanQueue } from './span-queue.ts';

/** What exporting needs from outside. */
export interface TelemetryOptions {
  readonly settings: OtlpSettings;
  readonly version: string;
  /** What may stand in front of the paths that are served. */
  readonly basePaths: readonly string[];
  /** Tells this process from others of the same service. */
  readonly instanceId: string;
  /** Figures of all systems, and of all processes of the group; undefined in a process whose figures another exports. */
  readonly collect: (() => Promise<readonly FiguresPage[]>) | undefined;
  /** Reaches the collector. Not watched itself. */
  readonly send: SendUpstream;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
  readonly log: () => Told;
  readonly timers: Timers;
  readonly random: () => number;
}

/** Running export. */
export interface Telemetry {
  readonly instruments: Instruments;
  /** Exports what is left, for no longer than `limitMs`. Never rejects. */
  stop(limitMs: number): Promise<void>;
}

const scopeName = 'halyard';

/**
 * Metrics and spans on their way to an OpenTelemetry collector. This module and what it imports are loaded only where
 * export is on.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { settings, version, timers } = options;
  const figures = new OtlpFigures();
  showOtlpFigures(figures);
  const resource = resourceFromAttributes({
    'telemetry.sdk.language': SDK_INFO['telemetry.sdk.language'],
    'telemetry.sdk.name': SDK_INFO['telemetry.sdk.name'],
    'telemetry.sdk.version': SDK_INFO['telemetry.sdk.version'],
    'service.version': version,
    'service.instance.id': options.instanceId,
    ...settings.resource,
  });
  const metrics =
    settings.metrics === undefined || options.collect === undefined
      ? undefined
      : exportMetrics(options, settings.metrics, options.collect, resource, figures);
  const queue = settings.traces && spanQueue(options, settings.traces, figures);
  return {
    instruments: queue === undefined ? noInstruments : instruments(options, tracer(queue, resource, version)),
    async stop(limitMs) {
      let cancel = () => {};
      const late = new Promise<void>((resolve) => {
        cancel = timers.set(resolve, limitMs);
      });
      await Promise.race([Promise.all([queue?.stop(limitMs), metrics?.stop(limitMs)]), late]);
      cancel();
    },
  };
}

function exportMetrics(
  { settings, version, send, gzip, log, timers, random }: TelemetryOptions,
  signal: SignalSettings,
  collect: () => Promise<readonly FiguresPage[]>,
  resource: Resource,
  figures: OtlpFigures,
): MetricExport {
  const serializer = signal.encoding === 'json' ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const start: HrTime = millisToHrTime(timers.now());
  const readRejected = (answer: Uint8Array) =>
    Number(serializer.deserializeResponse(answer).partialSuccess?.rejectedDataPoints ?? 0);
  return new MetricExport({
    intervalMs: settings.metricsIntervalMs,
    collect: async () => metricData(await collect(), { start, now: millisToHrTime(timers.now()) }),
    encode: (metrics) =>
      serializer.serializeRequest({ resource, scopeMetrics: [{ scope: { name: scopeName, version }, metrics }] }),
    exchange: createExchange({ settings: signal, send, gzip, readRejected, now: timers.now }),
    figures,
    report: new Report('metrics', signal.url, log),
    timers,
    random,
  });
}

function spanQueue(
  { settings, send, gzip, log, timers, random }: TelemetryOptions,
  signal: SignalSettings,
  figures: OtlpFigures,
): SpanQueue {
  const serializer = signal.encoding === 'json' ? JsonTraceSerializer : ProtobufTraceSerializer;
  const readRejected = (answer: Uint8Array) =>
    Number(serializer.deserializeResponse(answer).partialSuccess?.rejectedSpans ?? 0);
  return new SpanQueue({
    settings: settings.spanQueue,
    encode: (spans) => serializer.serializeRequest(spans),
    exchange: createExchange({ settings: signal, send, gzip, readRejected, now: timers.now }),
    figures,
    report: new Report('traces', signal.url, log),
    timers,
    random,
  });
}

function tracer(queue: SpanQueue, resource: Resource, version: string): Tracer {
  // Whether to record is decided before a span is made, so that requests without one cost next to nothing.
  const provider = new TracerProvider({ sampler: new AlwaysOnSampler(), resource, spanProcessors: [queue] });
  return provider.getTracer(scopeName, version);
}

function instruments({ settings, basePaths, random }: TelemetryOptions, own: Tracer): Instruments {
  const sampling = createSampling(settings.sampling, random);
  const calls = { tracer: own, sampling };
  return {
    serve: (handler) => withServerSpans(handler, { tracer: own, sampling, basePaths }),
    relay: inCallersTrace,
    send: (send) => withClientSpans(send, calls),
    pass: withTraceHeaders,
    open: (open) => withStreamSpans(open, calls),
  };
}
