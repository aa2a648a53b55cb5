import { type Everywhere, ifEverywhere } from '../../../flags/everywhere.ts';
import { maskToken } from '../../tokens/mask.ts';
import type { Environments } from '../environments/environments.ts';
import type { EdgeMetrics, EdgeToken } from '../types.ts';
import type { TokenRefresh } from '../upstream/refresh-set.ts';
import { type Answer, answers, json, plainText } from './answers.ts';
import type { ApiPage } from './api-page.ts';
import type { RouteName } from './paths.ts';

/** What operators may look at. */
export interface BackstageOptions {
  readonly environments: Environments;
  readonly metrics: EdgeMetrics;
  /** Tokens that are fetched with; none in offline mode. */
  readonly refreshes: () => readonly TokenRefresh[];
  /** Everything known about tokens, refused ones included. */
  readonly tokens: () => Iterable<EdgeToken>;
  /** True while tokens are known whose definitions should be there. */
  readonly awaitsFeatures: () => boolean;
  /** Asked when features are there: whether all processes that share the port have them. */
  readonly everywhere?: Everywhere | undefined;
  /** Facts about the build, in the original's spelling. */
  readonly info: Readonly<Record<string, string>>;
  /** Prometheus text. */
  readonly prometheus: () => Promise<string>;
  /** The OpenAPI document as JSON, and the page to read it with. */
  readonly openapi: () => string;
  readonly apiPage: ApiPage;
}

/** The original has no `/prometheus` path: this type and `/internal-backstage/metrics` are what scrapers know. */
const prometheusType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The endpoints for operators. None asks for a token, so none shows one whole.
 *
 * Source: Unleash Edge specification 13, 22, 24.
 */
export function createBackstage(
  options: BackstageOptions,
): (route: RouteName, path: string) => Answer | Promise<Answer> {
  const { environments, metrics, awaitsFeatures, prometheus } = options;
  const info = json(options.info);
  return (route, path) => {
    switch (route) {
      case 'health':
        return json({ status: 'OK' });
      case 'ready':
        if (awaitsFeatures() && environments.size === 0) return answers.notReady;
        return ifEverywhere(options.everywhere, json({ status: 'READY' }), answers.notReady);
      case 'info':
        return info;
      case 'tokens':
        return json({
          tokenRefreshes: options.refreshes().map(refreshJson),
          tokenValidationStatus: [...options.tokens()].map(maskedToken),
        });
      case 'features': {
        const secrets = new Set([...options.tokens()].map(({ token }) => token));
        return json(
          Object.fromEntries(
            [...environments.entries()].map(([key, { document }]) => [shownKey(key, secrets), document]),
          ),
        );
      }
      case 'metricsBatch':
        return json(metrics.batch());
      case 'instanceData':
        return json(metrics.instances());
      case 'prometheus':
        return prometheus().then((text) => plainText(text, prometheusType));
      case 'openapi':
        return { status: 200, body: options.openapi() };
      case 'swagger':
        return options.apiPage(path);
      default:
        return answers.notFound;
    }
  };
}

function maskedToken(token: EdgeToken): EdgeToken {
  return { ...token, token: maskToken(token.token) };
}

/** A cache key is an environment, or, for an offline token in a format of its own, the token itself. */
function shownKey(key: string, secrets: ReadonlySet<string>): string {
  return secrets.has(key) ? maskToken(key) : key;
}

function refreshJson(refresh: TokenRefresh): object {
  return {
    token: maskedToken(refresh.token),
    etag: refresh.etag ?? null,
    next_refresh: time(refresh.nextRefreshMs),
    last_refreshed: time(refresh.lastRefreshedMs),
    last_check: time(refresh.lastCheckMs),
    failure_count: refresh.failureCount,
    last_feature_count: refresh.lastFeatureCount ?? null,
  };
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
