import type { Explanation } from '../../flags/explanation.ts';
import {
  mostCredentials,
  type OperatorEnvironment,
  type OperatorFetching,
  type OperatorFigure,
  type OperatorFlag,
  type OperatorMode,
} from '../../operations/operator/types.ts';
import type { Environment } from '../../unleash/edge/environments/environment.ts';
import type { Environments } from '../../unleash/edge/environments/environments.ts';
import { explainEdge } from '../../unleash/edge/explain.ts';
import { cacheKey, type EdgeToken } from '../../unleash/edge/types.ts';
import type { TokenRefresh } from '../../unleash/edge/upstream/refresh-set.ts';
import type { EngineEnvironment } from '../../unleash/engine/strategies/types.ts';
import { maskToken } from '../../unleash/tokens/mask.ts';
import type { ProxyPaths } from '../edge/proxy/proxy-paths.ts';
import { ageSeconds } from './age.ts';
import { unleashFlag } from './unleash-flag.ts';

/** What operator tools look at in Edge and offline mode. */
export interface EdgeModeParts {
  readonly kind: 'edge' | 'offline';
  readonly environments: Environments;
  readonly engine: EngineEnvironment;
  /** Everything known about tokens. */
  readonly tokens: () => Iterable<EdgeToken>;
  /** Tokens that are fetched with. */
  readonly refreshes: () => readonly TokenRefresh[];
  /** undefined where clients of Unleash Proxy are not served. */
  readonly proxyPaths?: Pick<ProxyPaths, 'operator'> | undefined;
  readonly figures: () => readonly OperatorFigure[];
}

/** Edge or offline mode as operator tools see it. */
export function edgeMode(parts: EdgeModeParts): OperatorMode {
  const { kind, environments, tokens } = parts;
  const title = kind === 'edge' ? 'Unleash Edge' : 'Unleash Edge, offline';
  const served = () => {
    const keys = new Set([...environments.entries()].map(([key]) => key));
    for (const { token } of parts.refreshes()) keys.add(cacheKey(token));
    const secrets = new Set([...tokens()].map(({ token }) => token));
    return [...keys].map((key) => edgeEnvironment(key, shownName(key, secrets), title, parts));
  };
  const proxy = parts.proxyPaths?.operator({ environments: served, now: parts.engine.now });
  return {
    kind,
    title,
    environments: served,
    credentials: () => {
      const secrets = new Set([...tokens()].map(({ token }) => token));
      const shown = proxy === undefined ? [] : [...proxy.credentials()];
      for (const token of tokens()) {
        if (shown.length >= mostCredentials) break;
        shown.push({
          shown: maskToken(token.token),
          kind: token.type ?? token.status.toLowerCase(),
          environment: shownName(cacheKey(token), secrets),
          projects: token.projects,
        });
      }
      return shown;
    },
    environmentOf: (credential) => {
      const known = find(tokens, credential);
      return known && shownName(cacheKey(known), new Set([known.token]));
    },
    figures: parts.figures,
    beside: proxy && [proxy],
  };
}

function edgeEnvironment(key: string, name: string, title: string, parts: EdgeModeParts): OperatorEnvironment {
  const { environments, engine, tokens } = parts;
  const held = environments.get(key);
  const age = environments.age(key);
  const fetching = fetchingOf(key, parts);
  return {
    name,
    answersTo: (said) => said === name || said === key,
    state: held &&
      age && {
        revision: age.revision,
        origin: originOf(parts, age.fromStore),
        publishedAtMs: age.changedAtMs,
        flagCount: held.set.flags.length,
        cachedBytes: held.cachedBytes,
      },
    fetching,
    names: () => held?.set.flags.map((flag) => flag.name) ?? [],
    flags: () => (held === undefined ? [] : edgeFlags(held)),
    explain: (flag, { body, credential }): Explanation | undefined => {
      if (held === undefined || age === undefined) return undefined;
      const told = explainHeld(
        held,
        engine,
        flag,
        body,
        credential === undefined ? undefined : find(tokens, credential),
      );
      return (
        told && {
          ...told,
          environment: {
            mode: title,
            name,
            revision: age.revision,
            origin: originOf(parts, age.fromStore),
            publishedAt: new Date(age.changedAtMs).toISOString(),
            confirmedAgeSeconds: ageSeconds(fetching?.lastSuccessMs, engine.now()),
            evaluation: 'yggdrasil',
          },
        }
      );
    },
  };
}

function* edgeFlags({ document, set }: Environment): Iterable<OperatorFlag> {
  for (const [index, feature] of document.features.entries()) {
    yield unleashFlag(set.flags[index], feature.project, () => feature.text);
  }
}

function explainHeld(
  held: Environment,
  engine: EngineEnvironment,
  flag: string,
  body: string,
  token: EdgeToken | undefined,
): ReturnType<typeof explainEdge> {
  return explainEdge(held, engine, flag, body.trim() === '' ? {} : JSON.parse(body), token?.projects);
}

function originOf({ kind }: EdgeModeParts, fromStore: boolean): string {
  if (fromStore) return 'backup';
  return kind === 'offline' ? 'file' : 'upstream';
}

/** Several tokens may fetch for one environment: the best success, the soonest poll, the most failures. */
function fetchingOf(key: string, { refreshes }: EdgeModeParts): OperatorFetching | undefined {
  const own = refreshes().filter(({ token }) => cacheKey(token) === key);
  if (own.length === 0) return undefined;
  const times = (pick: (refresh: TokenRefresh) => number | undefined) =>
    own.map(pick).filter((time) => time !== undefined);
  const successes = times(({ lastCheckMs }) => lastCheckMs);
  const nexts = times(({ nextRefreshMs }) => nextRefreshMs);
  const failures = Math.max(...own.map(({ failureCount }) => failureCount));
  const lastSuccessMs = successes.length > 0 ? Math.max(...successes) : undefined;
  const changed = own.some(({ lastRefreshedMs }) => lastRefreshedMs !== undefined && lastRefreshedMs === lastSuccessMs);
  return {
    lastResult: failures > 0 ? 'failed' : lastSuccessMs === undefined ? undefined : changed ? 'changed' : 'unchanged',
    lastSuccessMs,
    nextPollMs: nexts.length > 0 ? Math.min(...nexts) : undefined,
    failures,
  };
}

function find(tokens: EdgeModeParts['tokens'], text: string): EdgeToken | undefined {
  for (const token of tokens()) if (token.token === text) return token;
  return undefined;
}

/** A cache key is an environment, or, for a token in a format of its own, the token itself. */
function shownName(key: string, secrets: ReadonlySet<string>): string {
  return secrets.has(key) ? maskToken(key) : key;
}
