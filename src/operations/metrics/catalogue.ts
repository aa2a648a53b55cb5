import { fleetDefinitions } from './fleet-catalogue.ts';

/** Where a family is served. `workers`: only by a group of processes, `fleet`: by a member of one; whatever the mode. */
export type MetricsMode = 'proxy' | 'edge' | 'offline' | 'flagsmith' | 'workers' | 'fleet';

/**
 * What one value for a group of processes is made of. `sum`: each process has its own share. `primary`: all have the
 * same, and the primary's counts. `primary-only`: what a worker says would count a second time what the primary says.
 * `each`: sums would tell nothing, so each process keeps its own, told apart by the label `worker`.
 */
export type Merge = 'sum' | 'primary' | 'primary-only' | 'each';

/** What is promised about one family. */
export interface FamilyDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** What one unit of the value is; empty for plain counts. */
  readonly unit: '' | 'seconds' | 'milliseconds' | 'bytes' | 'characters';
  readonly help: string;
  readonly modes: readonly MetricsMode[];
  /** `sum` for counters and histograms and `primary` for gauges where it is left out. */
  readonly merge?: Merge;
  /** The family of Halyard's that shows this one's values of each worker; undefined where nobody asks for them. */
  readonly perWorker?: string;
}

/** What a family's values of several processes become. */
export function mergeOf({ type, merge }: FamilyDefinition): Merge {
  return merge ?? (type === 'gauge' ? 'primary' : 'sum');
}

const everywhere = ['proxy', 'edge', 'offline', 'flagsmith'] as const;
const environment = ['environment'] as const;
const worker = ['worker'] as const;
const bound = ['bound', 'when_full', 'worker'] as const;

/**
 * Halyard's own families: the same name, type, labels and help in every mode that has them. Docs, dashboard, alert
 * rules and the addition over workers are checked against this table.
 */
export const halyardFamilies = {
  halyard_environments: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Environments whose definitions are held, and which can be answered for.',
    modes: everywhere,
  },
  halyard_definitions_revision: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: 'Counts up with every change of the definitions in use.',
    modes: everywhere,
    perWorker: 'halyard_worker_definitions_revision',
  },
  halyard_definitions_changed_timestamp_seconds: {
    type: 'gauge',
    labels: environment,
    unit: 'seconds',
    help: 'When the definitions in use were put in use, in seconds since the epoch.',
    modes: everywhere,
    perWorker: 'halyard_worker_definitions_changed_timestamp_seconds',
  },
  halyard_definitions_confirmed_timestamp_seconds: {
    type: 'gauge',
    labels: environment,
    unit: 'seconds',
    help: 'When upstream last confirmed the definitions, in seconds since the epoch. 0 before the first time.',
    modes: everywhere,
    perWorker: 'halyard_worker_definitions_confirmed_timestamp_seconds',
  },
  halyard_definitions_from_backup: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: '1 while answers come from the definitions of an earlier run.',
    modes: everywhere,
  },
  halyard_definitions_issues: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: 'Parts of the definitions that cannot work and were left out.',
    modes: ['edge', 'offline', 'flagsmith'],
  },
  halyard_flags: { type: 'gauge', labels: environment, unit: '', help: 'Flags held.', modes: everywhere },
  halyard_fetches_total: {
    type: 'counter',
    labels: ['environment', 'outcome'],
    unit: '',
    help: 'Finished fetches of definitions by outcome.',
    modes: everywhere,
    merge: 'primary-only',
  },
  halyard_fetch_failures: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: 'Failed fetches since the last good one.',
    modes: everywhere,
  },
  halyard_requests_total: {
    type: 'counter',
    labels: ['endpoint', 'status'],
    unit: '',
    help: 'Finished requests by endpoint and status. Endpoints of OpenFeature start with ofrep-.',
    modes: everywhere,
  },
  halyard_evaluations_total: {
    type: 'counter',
    labels: ['system', 'environment', 'api', 'kind'],
    unit: '',
    help: 'Flags evaluated for requests: in answers about all flags (bulk), or asked for by name (single).',
    modes: everywhere,
  },
  halyard_usage_total: {
    type: 'counter',
    labels: ['system', 'environment', 'flag', 'outcome'],
    unit: '',
    help: 'Uses of flags that SDKs report, and flags evaluated by name: on, off, or unknown where reports do not say it.',
    modes: everywhere,
  },
  halyard_usage_variants_total: {
    type: 'counter',
    labels: ['system', 'environment', 'flag', 'variant'],
    unit: '',
    help: 'Uses of variants that SDKs report, and variants given for flags evaluated by name.',
    modes: everywhere,
  },
  halyard_streams: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Open streams of SDKs, those of OpenFeature included.',
    modes: everywhere,
    merge: 'sum',
  },
  halyard_streams_lost_total: {
    type: 'counter',
    labels: ['reason'],
    unit: '',
    help: 'Streams that were ended because their clients confirm nothing any more (vanished) or take nothing (stalled).',
    modes: everywhere,
  },
  halyard_bound_used: {
    type: 'gauge',
    labels: bound,
    unit: '',
    help: 'How full something is that is kept within a bound, in its own unit: see the table of bounds.',
    modes: everywhere,
    merge: 'each',
  },
  halyard_bound_limit: {
    type: 'gauge',
    labels: bound,
    unit: '',
    help: 'How full it may become: see the table of bounds.',
    modes: everywhere,
    merge: 'each',
  },
  halyard_usage_held_bytes: {
    type: 'gauge',
    labels: [],
    unit: 'bytes',
    help: 'Memory of usage that waits to be reported, about.',
    modes: everywhere,
    merge: 'sum',
  },
  halyard_usage_toggles: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Flags counted since the last report of usage.',
    modes: ['proxy'],
    merge: 'sum',
  },
  halyard_usage_dropped_total: {
    type: 'counter',
    labels: [],
    unit: '',
    help: 'Counts or reports of usage that found no room within the configured bounds.',
    modes: everywhere,
  },
  halyard_reply_cache_bytes: {
    type: 'gauge',
    labels: environment,
    unit: 'bytes',
    help: 'Memory of finished replies.',
    modes: ['proxy', 'edge', 'offline'],
    merge: 'sum',
  },
  halyard_reply_cache_replies: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: 'Finished replies held.',
    modes: ['proxy'],
    merge: 'sum',
  },
  halyard_proxy_reply_cache_bytes: {
    type: 'gauge',
    labels: environment,
    unit: 'bytes',
    help: 'Memory of finished replies below /proxy, where keys for clients of Unleash Proxy are configured.',
    modes: ['edge', 'offline'],
    merge: 'sum',
  },
  halyard_store_writes_failed_total: {
    type: 'counter',
    labels: [],
    unit: '',
    help: 'Attempts to keep definitions for a restart that failed.',
    modes: ['proxy', 'edge', 'flagsmith'],
    merge: 'primary-only',
  },
  halyard_tokens: { type: 'gauge', labels: [], unit: '', help: 'Accepted tokens held.', modes: ['edge'] },
  halyard_tokens_refused: { type: 'gauge', labels: [], unit: '', help: 'Refused tokens remembered.', modes: ['edge'] },
  halyard_tokens_pending: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Tokens that wait for validation.',
    modes: ['edge'],
  },
  halyard_refresh_tokens: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Tokens that are fetched with.',
    modes: ['edge'],
  },
  halyard_definitions_characters: {
    type: 'gauge',
    labels: environment,
    unit: 'characters',
    help: 'Length of the definitions in use.',
    modes: ['flagsmith'],
  },
  halyard_segments: { type: 'gauge', labels: environment, unit: '', help: 'Segments held.', modes: ['flagsmith'] },
  halyard_identity_overrides: {
    type: 'gauge',
    labels: environment,
    unit: '',
    help: 'Identities with flags of their own.',
    modes: ['flagsmith'],
  },
  halyard_otlp_exports_total: {
    type: 'counter',
    labels: ['signal', 'outcome'],
    unit: '',
    help: 'Exports to an OpenTelemetry collector by signal and outcome: taken, postponed, refused.',
    modes: everywhere,
  },
  halyard_otlp_spans_total: {
    type: 'counter',
    labels: ['outcome'],
    unit: '',
    help: 'Finished spans by what became of them: exported, dropped for want of room, failed at the collector.',
    modes: everywhere,
  },
  halyard_otlp_spans_waiting: {
    type: 'gauge',
    labels: [],
    unit: '',
    help: 'Finished spans that wait for the collector.',
    modes: everywhere,
    merge: 'sum',
  },
  ...fleetDefinitions,
  halyard_worker_definitions_revision: {
    type: 'gauge',
    labels: ['worker', 'environment'],
    unit: '',
    help: 'The revision of the definitions that a worker uses.',
    modes: ['workers'],
  },
  halyard_worker_definitions_changed_timestamp_seconds: {
    type: 'gauge',
    labels: ['worker', 'environment'],
    unit: 'seconds',
    help: 'When the definitions that a worker uses were put in use, in seconds since the epoch.',
    modes: ['workers'],
  },
  halyard_worker_definitions_confirmed_timestamp_seconds: {
    type: 'gauge',
    labels: ['worker', 'environment'],
    unit: 'seconds',
    help: 'When upstream last confirmed the definitions that a worker uses, as far as it knows, in seconds since the epoch.',
    modes: ['workers'],
  },
  halyard_worker_resident_memory_bytes: {
    type: 'gauge',
    labels: worker,
    unit: 'bytes',
    help: 'Resident memory of a worker.',
    modes: ['workers'],
  },
  halyard_worker_cpu_seconds_total: {
    type: 'counter',
    labels: worker,
    unit: 'seconds',
    help: 'CPU time of a worker.',
    modes: ['workers'],
  },
  halyard_worker_process_id: {
    type: 'gauge',
    labels: worker,
    unit: '',
    help: 'The process that a worker is.',
    modes: ['workers'],
  },
  halyard_worker_replacements_total: {
    type: 'counter',
    labels: worker,
    unit: '',
    help: 'How often a worker was replaced.',
    modes: ['workers'],
  },
  halyard_primary_resident_memory_bytes: {
    type: 'gauge',
    labels: [],
    unit: 'bytes',
    help: 'Resident memory of the primary.',
    modes: ['workers'],
  },
} as const satisfies Readonly<Record<string, FamilyDefinition>>;

/** Name of one of Halyard's own families. */
export type HalyardFamily = keyof typeof halyardFamilies;

/** One of Halyard's own families; undefined for any other name. */
export function findHalyardFamily(name: string): FamilyDefinition | undefined {
  return Object.hasOwn(halyardFamilies, name) ? halyardFamilies[name as HalyardFamily] : undefined;
}
