import { type Filled, sumFilled } from '../../flags/filled.ts';
import type { Ofrep } from '../../ofrep/handler.ts';
import type { Bounds } from '../../operations/metrics/bounds.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';
import type { EdgeCore, EdgeMode } from './assemble-edge.ts';
import type { EdgeSettings } from './edge-store.ts';
import type { ProxyPaths } from './proxy/proxy-paths.ts';

/** What Edge and offline mode keep within bounds. */
export interface EdgeBoundsOptions {
  readonly core: EdgeCore;
  readonly mode: Pick<EdgeMode, 'delta' | 'metrics' | 'usage' | 'tokenBounds'>;
  readonly proxyPaths: ProxyPaths | undefined;
  /** Undefined where OpenFeature is not served. */
  readonly ofrep: Pick<Ofrep, 'bounds'> | undefined;
  /** Requests that are answered from memory; undefined where none are. */
  readonly repeats: Filled | undefined;
}

/** How full it is. */
export function edgeBounds({ core, mode, proxyPaths, ofrep, repeats }: EdgeBoundsOptions): Bounds {
  const { environments, requests, settings } = core;
  const { delta, metrics, usage } = mode;
  const { heldBytes, limitBytes, connected } = metrics.figures();
  const held = [...environments.entries()].map(([, { cachedBytes, cacheLimitBytes }]) => ({
    used: cachedBytes,
    limit: cacheLimitBytes,
  }));
  return {
    streams: { used: delta?.connectedClients ?? 0, limit: settings.streamLimit },
    reply_cache_bytes: sumFilled(held),
    ...(repeats && { repeated_request_bytes: repeats }),
    ...(proxyPaths && { proxy_reply_cache_bytes: proxyPaths.cached() }),
    ...ofrep?.bounds(),
    usage_bytes: { used: heldBytes, limit: limitBytes },
    usage_flags: usage.flags.flags,
    usage_variants: usage.flags.variants,
    usage_series: usage.series,
    connected_edges: connected,
    request_series: requests.filled,
    ...mode.tokenBounds?.(),
  };
}

/** How full is what is known of tokens. */
export function tokenBounds(
  { cache, validator }: EdgeService,
  { tokenLimit, refusalLimit, validationQueueLimit }: EdgeSettings,
): Pick<Bounds, 'tokens' | 'tokens_refused' | 'tokens_pending'> {
  return {
    tokens: { used: cache.size, limit: tokenLimit },
    tokens_refused: { used: cache.refusedSize, limit: refusalLimit },
    tokens_pending: { used: validator.pending, limit: validationQueueLimit },
  };
}
