import type { Explanation } from '../../flags/explanation.ts';
import type { SnapshotSlot } from '../../flags/snapshot.ts';
import { sumByKey } from '../../operations/figures.ts';
import { boundFigures } from '../../operations/metrics/bounds.ts';
import { proxyBounds } from '../../operations/metrics/proxy-families.ts';
import type {
  OperatorCredential,
  OperatorEnvironment,
  OperatorFetching,
  OperatorFigure,
  OperatorMode,
} from '../../operations/operator/types.ts';
import type { EngineEnvironment } from '../../unleash/engine/strategies/types.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import { createCredentialCheck } from '../../unleash/proxy/credentials.ts';
import { explainProxy } from '../../unleash/proxy/explain.ts';
import type { ProxyModel } from '../../unleash/proxy/model.ts';
import type { ServiceFigures } from '../../unleash/proxy/service.ts';
import { ageSeconds } from './age.ts';
import { counter, fleetFigures, pollFigures, requestFigures } from './figures.ts';
import { unleashFlag } from './unleash-flag.ts';

/** What operator tools look at in Unleash Proxy's mode and in the demo. */
export interface ProxyModeParts {
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly engine: EngineEnvironment;
  /** undefined where nothing is fetched. */
  readonly figures?: ServiceFigures | undefined;
  /** Reported usage that waits to be sent. */
  readonly usage?: { readonly size: number; readonly dropped: number } | undefined;
}

/**
 * Unleash Proxy's mode, or the demo, as operator tools see it. Without parts, answers come from somebody else's client,
 * and there is nothing to look at.
 *
 * @param name what its only environment is called
 */
export function proxyMode(
  kind: 'proxy' | 'demo',
  config: IProxyConfig,
  parts: ProxyModeParts | undefined,
  name = config.environment ?? 'default',
): OperatorMode {
  const isKnown = createCredentialCheck([...config.clientKeys, ...(config.serverSideSdkConfig?.tokens ?? [])]);
  const title = kind === 'demo' ? 'Demo' : 'Unleash Proxy';
  return {
    kind,
    title,
    environments: () => (parts === undefined ? [] : [proxyEnvironment(name, title, config, parts)]),
    credentials: () => credentialsOf(config, name),
    environmentOf: (credential) => (isKnown(credential) ? name : undefined),
    figures: () => proxyFigures(parts),
  };
}

/** Requests are counted per process: a host application may run several proxies in one. */
function proxyFigures(parts: ProxyModeParts | undefined): OperatorFigure[] {
  const usage = parts?.usage;
  return [
    ...requestFigures(sumByKey(({ requests }) => requests?.totals())),
    ...pollFigures(parts?.figures?.polls ?? []),
    ...boundFigures(proxyBounds()),
    ...(usage === undefined ? [] : [counter('usage', 'counts that found no room', usage.dropped)]),
    ...fleetFigures('proxy'),
  ];
}

function proxyEnvironment(
  name: string,
  title: string,
  config: IProxyConfig,
  parts: ProxyModeParts,
): OperatorEnvironment {
  const { slot, engine, figures } = parts;
  const { current } = slot;
  const fetching = figures && fetchingOf(figures);
  return {
    name,
    answersTo: (said) => said === name,
    state: current && {
      revision: current.revision,
      origin: current.origin,
      publishedAtMs: current.publishedAtMs,
      flagCount: current.model.set.flags.length,
      cachedBytes: current.model.cached.bytes,
    },
    fetching,
    names: () => current?.model.set.flags.map((flag) => flag.name) ?? [],
    flags: () =>
      current?.model.definitions.features.map((feature, index) =>
        unleashFlag(current.model.set.flags[index], feature.project, () => feature.source),
      ) ?? [],
    explain: (flag, { body }): Explanation | undefined => {
      if (current === undefined) return undefined;
      const { set, definitions } = current.model;
      const enriches = (config.expCustomEnrichers ?? []).length > 0;
      const defaults = { appName: config.unleashAppName, environment: config.environment };
      const told = explainProxy(
        { set, definitions, engine, defaults, enriches },
        flag,
        body.trim() === '' ? {} : JSON.parse(body),
      );
      if (told === undefined) return undefined;
      const { revision, origin, publishedAtMs } = current;
      return {
        ...told,
        environment: {
          mode: title,
          name,
          revision,
          origin,
          publishedAt: new Date(publishedAtMs).toISOString(),
          confirmedAgeSeconds: ageSeconds(fetching?.lastSuccessMs, engine.now()),
          evaluation: 'unleash-node',
        },
      };
    },
  };
}

function fetchingOf({ lastOutcome, lastFetchMs, nextPollMs, failures }: ServiceFigures): OperatorFetching {
  return { lastResult: lastOutcome, lastSuccessMs: lastFetchMs === 0 ? undefined : lastFetchMs, nextPollMs, failures };
}

/** Keys without a form of their own show nothing: any part of a short one would help to guess the rest. */
function credentialsOf({ clientKeys, serverSideSdkConfig }: IProxyConfig, environment: string): OperatorCredential[] {
  const numbered = (kind: string, keys: readonly string[]) =>
    keys.map((_key, index) => ({ shown: `${kind} ${index + 1} ****`, kind, environment, projects: ['*'] }));
  return [...numbered('client key', clientKeys), ...numbered('server token', serverSideSdkConfig?.tokens ?? [])];
}
