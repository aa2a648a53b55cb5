import { reportBoundSettings } from '../../flags/fleet-settings.ts';
import { type HttpImplementation, httpImplementations } from '../../http/hosts/types.ts';
import type { EvaluationMode } from '../engine/identity-overrides.ts';
import type { ReportSetting } from './reader.ts';
import type { Environment } from './sources.ts';

/** What Halyard offers beyond the original. */
export interface HalyardFlagsmithOptions {
  readonly evaluation: EvaluationMode;
  readonly documentForClientKeys: boolean;
  readonly flagDetails: boolean;
  readonly analytics: 'forward' | 'drop';
  /** Most memory for reports of evaluations that wait to be forwarded. */
  readonly analyticsLimitBytes: number;
  readonly realtime: boolean;
  /** Most realtime streams open at once. */
  readonly streamLimit: number;
  /** Most features with series of their own in the usage metrics. */
  readonly metricsFlagLimit: number;
  /** Serve figures for Prometheus. */
  readonly prometheus: boolean;
  /** Without a trailing slash. */
  readonly realtimeUrl: string;
  readonly proxyKey: string | null;
  readonly bodyLimitBytes: number;
  readonly documentLimitBytes: number;
  /** Most memory for requests for identities that come again. 0 keeps none. */
  readonly identityCacheBytes: number;
  /** Where documents are kept for a start without upstream; null keeps none. May hold a password. */
  readonly state: string | null;
  /** Redis of the fleet that asks upstream as one, as given; null without one. May hold a password. */
  readonly fleetRedisUrl: string | null;
  readonly fleetName: string;
  /** Bounds of the usage that waits in the fleet's Redis: bytes, reports, seconds. */
  readonly fleetUsageLimitBytes: number;
  readonly fleetUsageLimitReports: number;
  readonly fleetUsageKeepSeconds: number;
  readonly http: HttpImplementation;
}

/** One option, as it is documented. */
export interface HalyardOption {
  readonly variable: string;
  readonly kind: string;
  readonly fallback: string;
  readonly description: string;
}

/** All of Halyard's own options for Flagsmith, each an environment variable. */
export const halyardFlagsmithOptions = [
  {
    variable: 'HALYARD_FLAGSMITH_EVALUATION',
    kind: 'proxy or core',
    fallback: 'proxy',
    description: 'Whose values to serve where Edge Proxy 2.23.0 and the core API differ.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_DOCUMENT_FOR_CLIENT_KEYS',
    kind: 'boolean',
    fallback: 'false',
    description: 'Serve the whole environment document to public client keys, as the original does.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_FLAG_DETAILS',
    kind: 'boolean',
    fallback: 'false',
    description: 'Add variant and reason to every flag.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_ANALYTICS',
    kind: 'forward or drop',
    fallback: 'forward',
    description: 'What to do with the evaluation counts that SDKs report.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_ANALYTICS_LIMIT_BYTES',
    kind: 'integer',
    fallback: '4000000',
    description: 'Most memory for reports of evaluations that wait to be forwarded.',
  },
  {
    variable: 'HALYARD_PROMETHEUS',
    kind: 'boolean',
    fallback: 'true',
    description: 'Serve /proxy/metrics for Prometheus.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_REALTIME',
    kind: 'boolean',
    fallback: 'false',
    description: 'Listen for changes at the realtime service, and serve a stream of changes to SDKs.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_REALTIME_URL',
    kind: 'URL',
    fallback: 'https://realtime.flagsmith.com',
    description: 'The realtime service to listen at.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_PROXY_KEY',
    kind: 'text',
    fallback: '',
    description: 'Key of this proxy (pk.…): finds environments by itself and reports usage.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_BODY_LIMIT_BYTES',
    kind: 'integer',
    fallback: '1000000',
    description: 'Largest request body.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_DOCUMENT_LIMIT_BYTES',
    kind: 'integer',
    fallback: '33554432',
    description: 'Largest environment document, all pages together.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_IDENTITY_CACHE_BYTES',
    kind: 'integer',
    fallback: '4000000',
    description:
      'Most memory for what was decided for identities that come again, of all environments together. 0: each request is decided anew.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_STREAM_LIMIT',
    kind: 'integer',
    fallback: '10000',
    description: 'Most realtime streams open at once; more get a 503.',
  },
  {
    variable: 'HALYARD_METRICS_FLAG_LIMIT',
    kind: 'integer',
    fallback: '500',
    description: 'Most features that have series of their own in the usage metrics; the rest is counted as `other`.',
  },
  {
    variable: 'HALYARD_FLAGSMITH_STATE',
    kind: 'folder or URL',
    fallback: '',
    description: 'Keep documents for a start without upstream: a folder, redis://…, rediss://… or s3://bucket.',
  },
  {
    variable: 'HALYARD_FLEET_REDIS_URL',
    kind: 'list of URLs',
    fallback: '',
    description:
      'Redis through which several Halyards ask upstream as one. Several URLs for a Cluster; redis-sentinel://host,host#master for Sentinels.',
  },
  {
    variable: 'HALYARD_FLEET_NAME',
    kind: 'text',
    fallback: 'halyard',
    description: 'Name of the fleet: begins its keys in Redis. Halyards with different names share nothing.',
  },
  bound(reportBoundSettings.limitBytes),
  bound(reportBoundSettings.limitEntries),
  bound(reportBoundSettings.keepSeconds),
  {
    variable: 'HALYARD_HTTP',
    kind: 'own or runtime',
    fallback: 'own',
    description: 'Who reads and writes HTTP/1.1: Halyard itself, or the HTTP server of Bun or Node.',
  },
] as const satisfies readonly HalyardOption[];

function bound<Variable extends string>(setting: {
  readonly variable: Variable;
  readonly fallback: number;
  readonly description: string;
}) {
  const { variable, fallback, description } = setting;
  return { variable, kind: 'integer', fallback: String(fallback), description } as const;
}

type Variable = (typeof halyardFlagsmithOptions)[number]['variable'];

/** Reads Halyard's own options from the environment. Empty variables count as not set. */
export function readHalyardOptions(environment: Environment, report: ReportSetting): HalyardFlagsmithOptions {
  const text = (variable: Variable) => {
    const given = environment[variable]?.trim();
    return given || halyardFlagsmithOptions.find((option) => option.variable === variable)!.fallback;
  };
  function read<Value>(variable: Variable, values: ReadonlyMap<string, Value>): Value {
    const value = values.get(text(variable).toLowerCase());
    if (value === undefined) report(variable, `must be one of ${[...values.keys()].join(', ')}`);
    return value ?? [...values.values()][0]!;
  }
  const words = <Word extends string>(...list: Word[]) => new Map<string, Word>(list.map((word) => [word, word]));
  const whole = (variable: Variable, what: string, minimum = 1) => {
    const number = Number(text(variable));
    if (!Number.isSafeInteger(number) || number < minimum) report(variable, `must be a whole number of ${what}`);
    return number;
  };
  const bytes = (variable: Variable) => whole(variable, 'bytes');
  const realtimeUrl = text('HALYARD_FLAGSMITH_REALTIME_URL').replace(/\/+$/, '');
  if (!/^https?:\/\//.test(realtimeUrl) || !URL.canParse(realtimeUrl)) {
    report('HALYARD_FLAGSMITH_REALTIME_URL', 'must be an http or https URL');
  }
  return {
    evaluation: read('HALYARD_FLAGSMITH_EVALUATION', words('proxy', 'core')),
    documentForClientKeys: read('HALYARD_FLAGSMITH_DOCUMENT_FOR_CLIENT_KEYS', booleans),
    flagDetails: read('HALYARD_FLAGSMITH_FLAG_DETAILS', booleans),
    analytics: read('HALYARD_FLAGSMITH_ANALYTICS', words('forward', 'drop')),
    analyticsLimitBytes: bytes('HALYARD_FLAGSMITH_ANALYTICS_LIMIT_BYTES'),
    prometheus: !offWords.has(text('HALYARD_PROMETHEUS').toLowerCase()),
    realtime: read('HALYARD_FLAGSMITH_REALTIME', booleans),
    streamLimit: whole('HALYARD_FLAGSMITH_STREAM_LIMIT', 'streams'),
    metricsFlagLimit: whole('HALYARD_METRICS_FLAG_LIMIT', 'features', 0),
    realtimeUrl,
    proxyKey: text('HALYARD_FLAGSMITH_PROXY_KEY') || null,
    bodyLimitBytes: bytes('HALYARD_FLAGSMITH_BODY_LIMIT_BYTES'),
    documentLimitBytes: bytes('HALYARD_FLAGSMITH_DOCUMENT_LIMIT_BYTES'),
    identityCacheBytes: whole('HALYARD_FLAGSMITH_IDENTITY_CACHE_BYTES', 'bytes', 0),
    state: text('HALYARD_FLAGSMITH_STATE') || null,
    fleetRedisUrl: text('HALYARD_FLEET_REDIS_URL') || null,
    fleetName: text('HALYARD_FLEET_NAME'),
    fleetUsageLimitBytes: bytes('HALYARD_FLEET_USAGE_LIMIT_BYTES'),
    fleetUsageLimitReports: whole('HALYARD_FLEET_USAGE_LIMIT_REPORTS', 'reports'),
    fleetUsageKeepSeconds: whole('HALYARD_FLEET_USAGE_KEEP_SECONDS', 'seconds'),
    http: read('HALYARD_HTTP', words(...httpImplementations)),
  };
}

/** As for Unleash Proxy, which has the same variable: everything else is on. */
const offWords: ReadonlySet<string> = new Set(['false', '0', 'f', 'no', 'n', 'off']);

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['false', false],
  ['true', true],
  ['0', false],
  ['1', true],
]);
