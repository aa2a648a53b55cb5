import { describe, expect, it } from 'vitest';
import { otlpTexts } from './otlp-options.ts';
import { OtlpSettingError, otlpSettings } from './otlp-settings.ts';

const endpoint = 'http://collector:4318';
const read = (environment: Record<string, string>) => otlpSettings(otlpTexts(environment));
const on = (environment: Record<string, string> = {}) => {
  const settings = read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...environment });
  if (settings === undefined) throw new Error('it is off');
  return settings;
};

describe('whether something is exported', () => {
  it.each([
    {},
    { OTEL_SERVICE_NAME: 'flags' },
    // What is wrong in settings for other programs is no business of a Halyard that exports nothing.
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'xray', OTEL_BSP_MAX_QUEUE_SIZE: 'many' },
    { HALYARD_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' },
    { HALYARD_OTLP_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: 'none', OTEL_TRACES_EXPORTER: 'none' },
  ])('nothing with %j', (environment) => expect(read(environment as Record<string, string>)).toBeUndefined());

  it('both signals with one address, each with its path', () => {
    expect(on().traces?.url).toBe('http://collector:4318/v1/traces');
    expect(on({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/otlp/` }).metrics?.url).toBe(`${endpoint}/otlp/v1/metrics`);
    expect(on({ HALYARD_OTLP_ENDPOINT: 'https://own' }).traces?.url).toBe('https://own/v1/traces');
  });

  it('one signal with the address for it, which is taken as it is', () => {
    const settings = read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/in?x=1' });
    expect([settings?.traces?.url, settings?.metrics]).toEqual(['https://traces/in?x=1', undefined]);
    expect(on({ OTEL_TRACES_EXPORTER: 'none' }).traces).toBeUndefined();
  });
});

it('has the defaults of OpenTelemetry, but for the share of requests', () => {
  expect(on()).toEqual({
    traces: { url: `${endpoint}/v1/traces`, headers: {}, encoding: 'protobuf', gzip: false, timeoutMs: 10_000 },
    metrics: { url: `${endpoint}/v1/metrics`, headers: {}, encoding: 'protobuf', gzip: false, timeoutMs: 10_000 },
    resource: { 'service.name': 'halyard' },
    sampling: { parentBased: true, ratio: 0.01 },
    spanQueue: { limit: 2_048, batchLimit: 512, intervalMs: 5_000 },
    metricsIntervalMs: 60_000,
    tls: { caFile: undefined, certFile: undefined, keyFile: undefined },
  });
});

it('what is said for one signal wins over what is said for both', () => {
  const { traces, metrics } = on({
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%20y%3D',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '500',
  });
  expect(traces).toMatchObject({ headers: { a: '2', b: 'x y=' }, encoding: 'json', gzip: true, timeoutMs: 500 });
  expect(metrics).toMatchObject({
    headers: { a: '1', b: 'x y=' },
    encoding: 'protobuf',
    gzip: false,
    timeoutMs: 10_000,
  });
});

it.each([
  [{}, { parentBased: true, ratio: 0.01 }],
  [{ HALYARD_OTLP_SAMPLE_RATIO: '0.5' }, { parentBased: true, ratio: 0.5 }],
  [{ OTEL_TRACES_SAMPLER_ARG: '0.2' }, { parentBased: true, ratio: 0.2 }],
  [
    { OTEL_TRACES_SAMPLER: 'always_on', HALYARD_OTLP_SAMPLE_RATIO: '0' },
    { parentBased: false, ratio: 1 },
  ],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, { parentBased: false, ratio: 0 }],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, { parentBased: true, ratio: 0 }],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio' }, { parentBased: false, ratio: 1 }],
  [
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.3' },
    { parentBased: true, ratio: 0.3 },
  ],
])('samples as %j says', (environment, expected) => {
  expect(on(environment as Record<string, string>).sampling).toEqual(expected);
});

it('says which service it is', () => {
  const attributes = 'service.name=a,deployment.environment.name=pro%20d';
  expect(on({ OTEL_RESOURCE_ATTRIBUTES: attributes }).resource).toEqual({
    'service.name': 'a',
    'deployment.environment.name': 'pro d',
  });
  expect(on({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'b' }).resource['service.name']).toBe('b');
});

it('a batch is no larger than the queue', () => {
  expect(on({ HALYARD_OTLP_QUEUE_LIMIT: '10' }).spanQueue).toEqual({ limit: 10, batchLimit: 10, intervalMs: 5_000 });
});

it.each([
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'http/protobuf, and the endpoint to the port for HTTP, usually 4318'],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'carrier pigeon', 'http/protobuf or http/json'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector-secret:4318', 'has to be an http or https URL'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'secret', 'has to be a list of name=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=secret%0Ab', 'has to be a list of name=value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=secret', 'no HTTP header can have'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'gzip or none'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', 'soon', 'a whole number above 0'],
  ['OTEL_METRIC_EXPORT_INTERVAL', '0', 'a whole number above 0'],
  ['OTEL_TRACES_SAMPLER', 'xray', 'parentbased_traceidratio'],
  ['HALYARD_OTLP_SAMPLE_RATIO', '1.5', 'a number from 0 to 1'],
  ['OTEL_TRACES_EXPORTER', 'zipkin', 'otlp or none'],
  ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta', 'cumulative'],
])('%s=%s is refused with advice', (variable, value, advice) => {
  const attempt = () => on({ [variable]: value });
  expect(attempt).toThrow(OtlpSettingError);
  expect(attempt).toThrow(variable);
  expect(attempt).toThrow(advice);
  expect(attempt).not.toThrow('secret');
});
