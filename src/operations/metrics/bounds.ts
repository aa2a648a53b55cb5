import type { Filled } from '../../flags/filled.ts';
import type { ValueFamily } from '../edge-prometheus.ts';
import type { FigureGroup, OperatorFigure } from '../operator/types.ts';
import type { MetricsMode } from './catalogue.ts';
import { ownFamily } from './own-family.ts';

/** What is promised about one bound. */
export interface BoundDefinition {
  /** Where the status page shows it, and what it is called there. */
  readonly group: FigureGroup;
  readonly shown: string;
  readonly unit: 'bytes' | 'count';
  /** `evicts`: being full is normal, the oldest goes. `refuses`: what comes next is refused, or not told apart. */
  readonly whenFull: 'evicts' | 'refuses';
  /** What sets it, and for how much of the process it is; `fixed` where nobody could want another. */
  readonly setting: string;
  readonly help: string;
  readonly modes: readonly Exclude<MetricsMode, 'workers' | 'fleet'>[];
}

const everywhere = ['proxy', 'edge', 'offline', 'flagsmith'] as const;
const edgeModes = ['edge', 'offline'] as const;

/** Everything that is kept within a bound and could fill it: one table for metrics, the status page and the docs. */
export const bounds = {
  streams: {
    group: 'streams',
    shown: 'open streams',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_STREAM_LIMIT`, `HALYARD_FLAGSMITH_STREAM_LIMIT`',
    help: 'Streams of the SDKs of the mode itself.',
    modes: ['edge', 'offline', 'flagsmith'],
  },
  ofrep_streams: {
    group: 'streams',
    shown: 'open streams of OpenFeature clients',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_OFREP_STREAM_LIMIT`',
    help: 'Event streams of OpenFeature clients.',
    modes: everywhere,
  },
  reply_cache_bytes: {
    group: 'cache',
    shown: 'finished replies',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: '`HALYARD_REPLY_CACHE_LIMIT`, per environment, scope and list',
    help: 'Finished replies, and answers to queries that come again.',
    modes: ['proxy', 'edge', 'offline'],
  },
  repeated_request_bytes: {
    group: 'cache',
    shown: 'requests answered from memory',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: '`HALYARD_REPLY_CACHE_LIMIT`',
    help: 'Requests of the whole process that are answered without being read, with the replies that they refer to.',
    modes: edgeModes,
  },
  proxy_reply_cache_bytes: {
    group: 'cache',
    shown: 'finished replies below /proxy',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: '`HALYARD_REPLY_CACHE_LIMIT`, per environment and list',
    help: 'The same below `/proxy`, for clients of Unleash Proxy.',
    modes: edgeModes,
  },
  identity_cache_bytes: {
    group: 'cache',
    shown: 'identities that come again',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: '`HALYARD_FLAGSMITH_IDENTITY_CACHE_BYTES`, for all environments together',
    help: "Requests for identities on Flagsmith's API that are answered again without being read or decided.",
    modes: ['flagsmith'],
  },
  ofrep_reply_cache_bytes: {
    group: 'cache',
    shown: 'finished bulk replies of OpenFeature',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: '`HALYARD_OFREP_REPLY_CACHE_LIMIT`, shared by the scopes of an environment',
    help: 'Finished bulk replies of OpenFeature.',
    modes: everywhere,
  },
  ofrep_context_cache_bytes: {
    group: 'cache',
    shown: 'answers to contexts of OpenFeature that come again',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: 'a quarter of `HALYARD_OFREP_REPLY_CACHE_LIMIT`',
    help: 'Answers to contexts of OpenFeature that come again.',
    modes: ['proxy', 'edge', 'offline'],
  },
  ofrep_request_cache_bytes: {
    group: 'cache',
    shown: 'bulk requests of OpenFeature that come again',
    unit: 'bytes',
    whenFull: 'evicts',
    setting: 'a quarter of `HALYARD_OFREP_REPLY_CACHE_LIMIT`',
    help: 'Bulk requests of OpenFeature that are answered again without being read.',
    modes: everywhere,
  },
  ofrep_single_replies: {
    group: 'cache',
    shown: 'finished single replies of OpenFeature',
    unit: 'count',
    whenFull: 'evicts',
    setting: '`HALYARD_OFREP_SINGLE_LIMIT`, per environment and scope',
    help: 'Finished replies to single evaluations.',
    modes: everywhere,
  },
  ofrep_selections: {
    group: 'cache',
    shown: 'kinds of bulk replies of OpenFeature',
    unit: 'count',
    whenFull: 'evicts',
    setting: '`HALYARD_OFREP_SELECTION_LIMIT`, per environment and scope',
    help: 'Kinds of bulk replies that clients choose with `keys` and `views`.',
    modes: everywhere,
  },
  ofrep_endings: {
    group: 'cache',
    shown: 'endings of bulk replies of OpenFeature',
    unit: 'count',
    whenFull: 'evicts',
    setting: '`HALYARD_OFREP_ENDING_LIMIT`, per environment and scope',
    help: 'Endings of bulk replies: one per credential and host name that is asked under.',
    modes: everywhere,
  },
  usage_bytes: {
    group: 'usage',
    shown: 'reports to send',
    unit: 'bytes',
    whenFull: 'refuses',
    setting: '`HALYARD_USAGE_LIMIT`, `HALYARD_FLAGSMITH_ANALYTICS_LIMIT_BYTES`',
    help: 'Reports of SDKs that wait to be sent.',
    modes: ['edge', 'offline', 'flagsmith'],
  },
  usage_toggles: {
    group: 'usage',
    shown: 'flags with usage to report',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_USAGE_TOGGLES_LIMIT`',
    help: 'Flags counted since the last report of usage.',
    modes: ['proxy'],
  },
  usage_characters: {
    group: 'usage',
    shown: 'characters of names in usage to report',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_USAGE_NAME_LIMIT` times `HALYARD_USAGE_TOGGLES_LIMIT`',
    help: 'Characters of the names of flags and variants that were counted since the last report.',
    modes: ['proxy'],
  },
  usage_flags: {
    group: 'usage',
    shown: 'flags with metrics of their own',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_METRICS_FLAG_LIMIT`',
    help: 'Flags with series of their own in `halyard_usage_total`. Further ones are counted as `other`.',
    modes: everywhere,
  },
  usage_variants: {
    group: 'usage',
    shown: 'variants with metrics of their own',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_METRICS_FLAG_LIMIT`',
    help: 'Variants with series of their own in `halyard_usage_variants_total`. Further ones are counted as `other`.',
    modes: everywhere,
  },
  usage_series: {
    group: 'usage',
    shown: 'series of feature_toggle_usage_total',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_USAGE_SERIES_LIMIT`',
    help: 'Series of `feature_toggle_usage_total`.',
    modes: edgeModes,
  },
  connected_edges: {
    group: 'usage',
    shown: 'downstream Edges to report about',
    unit: 'count',
    whenFull: 'refuses',
    setting: 'fixed',
    help: 'Downstream Edges whose instance data waits to be sent.',
    modes: edgeModes,
  },
  request_series: {
    group: 'requests',
    shown: 'series of requests',
    unit: 'count',
    whenFull: 'refuses',
    setting: 'fixed',
    help: 'Series of `http_requests_total` and its histograms.',
    modes: edgeModes,
  },
  tokens: {
    group: 'tokens',
    shown: 'accepted tokens',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_TOKEN_LIMIT`',
    help: 'Accepted tokens. Further ones are validated at each use.',
    modes: ['edge'],
  },
  tokens_refused: {
    group: 'tokens',
    shown: 'refused tokens',
    unit: 'count',
    whenFull: 'evicts',
    setting: '`HALYARD_TOKEN_REFUSAL_LIMIT`',
    help: 'Refused tokens that are not asked about again for a while.',
    modes: ['edge'],
  },
  tokens_pending: {
    group: 'tokens',
    shown: 'tokens that wait for validation',
    unit: 'count',
    whenFull: 'refuses',
    setting: '`HALYARD_VALIDATION_QUEUE_LIMIT`',
    help: 'Tokens that wait for validation.',
    modes: ['edge'],
  },
} as const satisfies Readonly<Record<string, BoundDefinition>>;

/** What stands for a worker's number in a process that is none. Not empty: legends would show the name of the label. */
export const mainProcess = 'main';

/** Name of a bound. */
export type BoundName = keyof typeof bounds;

/** How full things are. Missing: there is no such thing in this process. */
export type Bounds = { readonly [Name in BoundName]?: Filled | undefined };

/** The two families that tell how full everything is. */
export function boundFamilies(read: () => Bounds): ValueFamily[] {
  const family = (name: 'halyard_bound_used' | 'halyard_bound_limit', pick: (filled: Filled) => number) =>
    ownFamily(name, () =>
      present(read()).map(([bound, { whenFull }, filled]) => [
        { bound, when_full: whenFull, worker: mainProcess },
        pick(filled),
      ]),
    );
  return [family('halyard_bound_used', ({ used }) => used), family('halyard_bound_limit', ({ limit }) => limit)];
}

/** The same for the status page. */
export function boundFigures(filled: Bounds): OperatorFigure[] {
  return present(filled).map(([, { group, shown, unit }, { used, limit }]) => {
    const figure = { group, name: shown, value: used, limit };
    return unit === 'bytes' ? { ...figure, unit } : figure;
  });
}

function present(filled: Bounds): (readonly [BoundName, BoundDefinition, Filled])[] {
  return (Object.keys(bounds) as BoundName[]).flatMap((name) => {
    const one = filled[name];
    return one === undefined ? [] : [[name, bounds[name], one] as const];
  });
}
