import type { CliOption } from './command-line.ts';
import { type Environment, type Option, text } from './option.ts';
import { variableOption } from './variable-option.ts';

/**
 * Every setting of OTLP export. Variables that start with `OTEL_` are those of the OpenTelemetry specification, and mean
 * what they mean there. All are read as texts: they are for every program of a machine, so nothing that they say may
 * matter before export is switched on.
 */
export const otlpOptions = {
  otlpEndpoint: variable(
    ['HALYARD_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    'Switches OTLP export on: address of a collector for metrics and traces over HTTP, for example `http://collector:4318`. `/v1/metrics` and `/v1/traces` are added.',
  ),
  otlpMetricsEndpoint: variable(['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'], 'The same for metrics, with the whole path.'),
  otlpTracesEndpoint: variable(['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'], 'The same for traces, with the whole path.'),
  otlpProtocol: variable(
    ['OTEL_EXPORTER_OTLP_PROTOCOL'],
    'Encoding: `http/protobuf` (also `http`) or `http/json`. There is no gRPC.',
    'http/protobuf',
  ),
  otlpMetricsProtocol: variable(['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'], 'The same for metrics.'),
  otlpTracesProtocol: variable(['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'], 'The same for traces.'),
  otlpHeaders: secret(['OTEL_EXPORTER_OTLP_HEADERS'], 'Headers for the collector: `name=value,name=value`.'),
  otlpMetricsHeaders: secret(['OTEL_EXPORTER_OTLP_METRICS_HEADERS'], 'More of them, for metrics.'),
  otlpTracesHeaders: secret(['OTEL_EXPORTER_OTLP_TRACES_HEADERS'], 'More of them, for traces.'),
  otlpTimeout: variable(['OTEL_EXPORTER_OTLP_TIMEOUT'], 'Milliseconds for one export.', '10000'),
  otlpMetricsTimeout: variable(['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT'], 'The same for metrics.'),
  otlpTracesTimeout: variable(['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT'], 'The same for traces.'),
  otlpCompression: variable(['OTEL_EXPORTER_OTLP_COMPRESSION'], '`gzip` or `none`.', 'none'),
  otlpMetricsCompression: variable(['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION'], 'The same for metrics.'),
  otlpTracesCompression: variable(['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION'], 'The same for traces.'),
  otlpCertificate: variable(
    ['OTEL_EXPORTER_OTLP_CERTIFICATE'],
    'Extra root certificate for the collector, a PEM file.',
  ),
  otlpClientCertificate: variable(['OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'], 'Client certificate, a PEM file.'),
  otlpClientKey: variable(['OTEL_EXPORTER_OTLP_CLIENT_KEY'], 'Its key, a PEM file.'),
  otlpServiceName: variable(['OTEL_SERVICE_NAME'], 'Name under which the collector knows this service.', 'halyard'),
  otlpResourceAttributes: variable(
    ['OTEL_RESOURCE_ATTRIBUTES'],
    'More about this service: `deployment.environment.name=prod,…`. Values are percent-encoded.',
  ),
  otlpSampleRatio: variable(
    ['HALYARD_OTLP_SAMPLE_RATIO'],
    'Share of requests that get a span, 0 to 1, where the caller has not decided. Counts unless `OTEL_TRACES_SAMPLER` is set.',
    '0.01',
  ),
  otlpSampler: variable(
    ['OTEL_TRACES_SAMPLER'],
    '`always_on`, `always_off`, `traceidratio`, or one of these behind `parentbased_`.',
    'parentbased_traceidratio',
  ),
  otlpSamplerArg: variable(['OTEL_TRACES_SAMPLER_ARG'], 'The ratio for that.'),
  otlpMetricsExporter: variable(['OTEL_METRICS_EXPORTER'], '`none` switches metrics off.', 'otlp'),
  otlpTracesExporter: variable(['OTEL_TRACES_EXPORTER'], '`none` switches traces off.', 'otlp'),
  otlpDisabled: variable(['OTEL_SDK_DISABLED'], '`true` switches OTLP export off.', 'false'),
  otlpTemporality: variable(['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'], 'Only `cumulative`.', 'cumulative'),
  otlpMetricInterval: variable(
    ['OTEL_METRIC_EXPORT_INTERVAL'],
    'Milliseconds between two exports of metrics.',
    '60000',
  ),
  otlpQueueLimit: variable(
    ['HALYARD_OTLP_QUEUE_LIMIT', 'OTEL_BSP_MAX_QUEUE_SIZE'],
    'Most spans that wait for the collector, per process. More are dropped and counted.',
    '2048',
  ),
  otlpBatchLimit: variable(['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], 'Most spans in one export.', '512'),
  otlpSpanInterval: variable(['OTEL_BSP_SCHEDULE_DELAY'], 'Milliseconds between two exports of spans.', '5000'),
} satisfies Readonly<Record<string, Option<string>>>;

type Name = keyof typeof otlpOptions;

/** What was said about OTLP export, unread. */
export type OtlpTexts = Readonly<Partial<Record<Name, string | undefined>>>;

const names = Object.keys(otlpOptions) as Name[];

/** What the environment says. The first variable that is set counts. */
export function otlpTexts(environment: Environment): OtlpTexts {
  return Object.fromEntries(
    names.map((name) => [name, otlpOptions[name].environment.map((one) => environment[one]).find(Boolean)]),
  );
}

/** Those that Edge takes as flags, too. */
const flags: Partial<Record<Name, string>> = {
  otlpEndpoint: '--otlp-endpoint',
  otlpSampleRatio: '--otlp-sample-ratio',
  // The names that Edge 20 has.
  otlpProtocol: '--otel-exporter-otlp-protocol',
};

/** The same for Edge's command line. */
export const otlpCliOptions = Object.fromEntries(
  names.map((name) => [name, variableOption({ ...otlpOptions[name], fallback: undefined }, flags[name])]),
) as unknown as { readonly [One in Name]: CliOption<string | undefined> };

/** Edge 20's name of `--otlp-endpoint`. */
export const otelEndpointOption: CliOption<string | undefined> = {
  ...otlpCliOptions.otlpEndpoint,
  flag: '--otel-exporter-otlp-endpoint',
  variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  olderVariable: undefined,
  hidden: true,
};

function variable(environment: readonly string[], description: string, fallbackText?: string): Option<string> {
  return text({ environment, description, fallbackText });
}

function secret(environment: readonly string[], description: string): Option<string> {
  return text({ environment, description, secret: true });
}
