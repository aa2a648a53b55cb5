import type { OtlpSettings, SamplingRule, SignalSettings } from '../operations/otlp/settings.ts';
import { type OtlpTexts, otlpOptions } from './otlp-options.ts';

/** A setting of OTLP export cannot be used. The message says what to do and holds no secret. */
export class OtlpSettingError extends Error {
  override readonly name = 'OtlpSettingError';
}

type Signal = 'traces' | 'metrics';
type Name = keyof typeof otlpOptions;

const defaultRatio = 0.01;
/** Longest time that a timer can wait. */
const longestMs = 2 ** 31 - 1;

/**
 * What is to be exported where; undefined without an address, or when it is switched off: then nothing else is looked
 * at.
 *
 * @throws OtlpSettingError
 */
export function otlpSettings(texts: OtlpTexts): OtlpSettings | undefined {
  if (texts.otlpDisabled?.trim().toLowerCase() === 'true') return undefined;
  const traces = signal(texts, 'traces');
  const metrics = signal(texts, 'metrics');
  if (traces === undefined && metrics === undefined) return undefined;
  if (metrics !== undefined && (texts.otlpTemporality?.trim().toLowerCase() ?? 'cumulative') !== 'cumulative') {
    throw refused('otlpTemporality', 'can only be cumulative: leave it out, and let the collector convert');
  }
  const limit = whole(texts, 'otlpQueueLimit', 2_048);
  return {
    traces,
    metrics,
    resource: resource(texts),
    sampling: sampling(texts),
    spanQueue: {
      limit,
      batchLimit: Math.min(limit, whole(texts, 'otlpBatchLimit', 512)),
      intervalMs: whole(texts, 'otlpSpanInterval', 5_000),
    },
    metricsIntervalMs: whole(texts, 'otlpMetricInterval', 60_000),
    tls: {
      caFile: texts.otlpCertificate,
      certFile: texts.otlpClientCertificate,
      keyFile: texts.otlpClientKey,
    },
  };
}

function signal(texts: OtlpTexts, name: Signal): SignalSettings | undefined {
  const own = <Rest extends string>(rest: Rest) =>
    (name === 'traces' ? `otlpTraces${rest}` : `otlpMetrics${rest}`) as `otlp${'Traces' | 'Metrics'}${Rest}`;
  const exporter = texts[own('Exporter')]?.trim().toLowerCase() ?? 'otlp';
  const exporters = exporter.split(',').map((one) => one.trim());
  const isOwn = texts[own('Endpoint')] !== undefined;
  const endpoint = texts[own('Endpoint')] ?? texts.otlpEndpoint;
  if (endpoint === undefined || exporters.includes('none')) return undefined;
  if (!exporters.includes('otlp')) throw refused(own('Exporter'), 'has to be otlp or none');
  const either = (rest: 'Protocol' | 'Timeout' | 'Compression') =>
    texts[own(rest)] === undefined ? (`otlp${rest}` as const) : own(rest);
  return {
    url: address(isOwn ? own('Endpoint') : 'otlpEndpoint', endpoint, isOwn ? '' : `/v1/${name}`),
    headers: { ...headers(texts, 'otlpHeaders'), ...headers(texts, own('Headers')) },
    encoding: encoding(either('Protocol'), texts[either('Protocol')]),
    gzip: compression(either('Compression'), texts[either('Compression')]),
    timeoutMs: whole(texts, either('Timeout'), 10_000),
  };
}

function address(name: Name, text: string, path: string): string {
  const trimmed = text.trim();
  // The text is not repeated: it may hold a password.
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) {
    throw refused(name, 'has to be an http or https URL, for example http://collector:4318');
  }
  return path === '' ? trimmed : `${trimmed.replace(/\/+$/, '')}${path}`;
}

function encoding(name: Name, text = 'http/protobuf'): SignalSettings['encoding'] {
  switch (text.trim().toLowerCase()) {
    case 'http/protobuf':
    case 'http':
      return 'protobuf';
    case 'http/json':
      return 'json';
    case 'grpc':
      throw refused(
        name,
        'is grpc, which Halyard does not speak: set it to http/protobuf, and the endpoint to the port for HTTP, usually 4318',
      );
    default:
      throw refused(name, 'has to be http/protobuf or http/json');
  }
}

function compression(name: Name, text = 'none'): boolean {
  const word = text.trim().toLowerCase();
  if (word !== 'gzip' && word !== 'none') throw refused(name, 'has to be gzip or none');
  return word === 'gzip';
}

function whole(texts: OtlpTexts, name: Name, fallback: number): number {
  const text = texts[name]?.trim();
  if (text === undefined) return fallback;
  if (!/^\d{1,15}$/.test(text) || Number(text) === 0) throw refused(name, 'has to be a whole number above 0');
  return Math.min(Number(text), longestMs);
}

function sampling(texts: OtlpTexts): SamplingRule {
  const { otlpSampler } = texts;
  if (otlpSampler === undefined) {
    const name = texts.otlpSampleRatio === undefined ? 'otlpSamplerArg' : 'otlpSampleRatio';
    return { parentBased: true, ratio: share(texts, name, defaultRatio) };
  }
  const word = otlpSampler.trim().toLowerCase();
  const rule = word.replace(/^parentbased_/, '');
  const parentBased = rule !== word;
  if (rule === 'always_on') return { parentBased, ratio: 1 };
  if (rule === 'always_off') return { parentBased, ratio: 0 };
  if (rule === 'traceidratio') return { parentBased, ratio: share(texts, 'otlpSamplerArg', 1) };
  throw refused(
    'otlpSampler',
    'has to be always_on, always_off or traceidratio, or one of these behind parentbased_, for example parentbased_traceidratio',
  );
}

function share(texts: OtlpTexts, name: Name, fallback: number): number {
  const text = texts[name]?.trim();
  if (text === undefined) return fallback;
  const ratio = Number(text);
  if (text === '' || !(ratio >= 0 && ratio <= 1)) throw refused(name, 'has to be a number from 0 to 1');
  return ratio;
}

function resource(texts: OtlpTexts): Readonly<Record<string, string>> {
  const attributes = pairs(texts, 'otlpResourceAttributes');
  const name = texts.otlpServiceName?.trim() || attributes['service.name'] || 'halyard';
  return { ...attributes, 'service.name': name };
}

/** What no HTTP client would send is refused here, where it can be said without saying the value. */
function headers(texts: OtlpTexts, name: Name): Readonly<Record<string, string>> {
  const all = pairs(texts, name);
  for (const [header, value] of Object.entries(all)) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(header) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw refused(name, 'has a name or a value that no HTTP header can have');
  }
  return all;
}

/** `name=value,name=value`, as in the W3C baggage header: values are percent-encoded. */
function pairs(texts: OtlpTexts, name: Name): Readonly<Record<string, string>> {
  const list = (texts[name] ?? '').split(',').filter((one) => one.trim() !== '');
  return Object.fromEntries(
    list.map((one) => {
      const equals = one.indexOf('=');
      const key = one.slice(0, equals).trim();
      const value = decoded(one.slice(equals + 1).trim());
      // Headers with a line break would be two.
      if (equals < 1 || key === '' || value === undefined || /[\r\n\0]/.test(key + value)) {
        throw refused(name, 'has to be a list of name=value, separated by commas, with values percent-encoded');
      }
      return [key, value];
    }),
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refused(name: Name, rule: string): OtlpSettingError {
  return new OtlpSettingError(`${otlpOptions[name].environment.join(' or ')} ${rule}`);
}
