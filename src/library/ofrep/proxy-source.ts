import { createHash } from 'node:crypto';
import type { Snapshot } from '../../flags/snapshot.ts';
import type { ClientAddress } from '../../http/client-address.ts';
import type { Access, Audience, ContextMembers, FlagView, OfrepSource, Revision } from '../../ofrep/types.ts';
import { defaultEnvironment, toEvaluationContext } from '../../unleash/context/evaluation-context.ts';
import type { Context } from '../../unleash/engine/context.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import type { CredentialCheck } from '../../unleash/proxy/credentials.ts';
import type { EngineSource } from '../../unleash/proxy/engine-source.ts';
import type { Enrich } from '../../unleash/proxy/enrichers.ts';
import type { ProxyModel } from '../../unleash/proxy/model.ts';
import { parseToken } from '../../unleash/tokens/parse.ts';
import { readUnleashContext } from './unleash-context.ts';
import { type DefinitionDetails, UnleashFlags } from './unleash-flags.ts';
import { UnleashView } from './unleash-view.ts';

/** What the Proxy's flags are served from. */
export interface ProxyOfrepOptions {
  readonly config: IProxyConfig;
  readonly source: EngineSource;
  readonly isClientKey: CredentialCheck;
  readonly isServerToken: CredentialCheck;
  readonly clientAddress: ClientAddress;
  readonly enrich: Enrich | undefined;
}

/** One environment: the channel needs no better name. */
const channel = 'proxy';

/** Unleash Proxy's flags, as its client keys see them. */
export function proxyOfrepSource(options: ProxyOfrepOptions): OfrepSource {
  const { config, source, isClientKey, isServerToken } = options;
  const { slot } = source.options;
  const views = new WeakMap<ProxyModel, Record<Audience, FlagView>>();
  const versions = new WeakMap<ProxyModel, string>();

  const versionOf = (model: ProxyModel): string => {
    let version = versions.get(model);
    if (version === undefined) {
      version = digestOf(model);
      versions.set(model, version);
    }
    return version;
  };
  const viewsOf = (snapshot: Snapshot<ProxyModel>): Record<Audience, FlagView> => {
    let known = views.get(snapshot.model);
    if (known === undefined) {
      known = createViews(snapshot, versionOf(snapshot.model), options);
      views.set(snapshot.model, known);
    }
    return known;
  };
  return {
    remembersContexts: true,
    authorize(credential): Access {
      const audience = isServerToken(credential) ? 'backend' : isClientKey(credential) ? 'frontend' : undefined;
      if (audience === undefined) return unknown;
      const { current } = slot;
      return current === undefined ? notLoaded : { view: viewsOf(current)[audience] };
    },
    revision(name): Revision | undefined {
      const { current } = slot;
      if (name !== channel || current === undefined) return undefined;
      return { version: versionOf(current.model), changedAtMs: current.publishedAtMs };
    },
    refresh: async () => {
      if (config.refreshInterval > 0) await source.upstream?.refresh();
    },
    onChange: (listener) => slot.onPublish(() => listener(channel)),
    // Keys are part of the configuration.
    onAccessChange: (listener) => slot.onPublish(() => listener()),
    onRevoked: () => {},
  };
}

const unknown: Access = { refusal: { status: 401, details: 'this key is not one of the configured client keys' } };
const notLoaded: Access = { refusal: { status: 503, details: 'the flags have not been fetched yet' } };

function createViews(
  { model, publishedAtMs }: Snapshot<ProxyModel>,
  version: string,
  { config, source, clientAddress, enrich }: ProxyOfrepOptions,
): Record<Audience, FlagView> {
  const { draws, defaults, usage, evaluations } = source.options;
  const { set, definitions } = model;
  const flags = new UnleashFlags({
    set,
    draws,
    plainKey: config.openFeature.ofrepUnleashPlainKey,
    isCustom: (name) => config.customStrategies?.some((strategy) => strategy?.name === name) ?? false,
    detailsOf: (index) => JSON.parse(definitions.features[index]?.source ?? '{}') as DefinitionDetails,
  });
  const isRead = enrich === undefined ? (name: string) => set.isRead(name) : () => true;
  const readContext = (fillsAddress: boolean) => {
    return (members: ContextMembers, request: Parameters<ClientAddress>[0]): Context | Promise<Context> => {
      const context = readUnleashContext(members, isRead);
      if (fillsAddress) context.remoteAddress ??= clientAddress(request);
      if (enrich !== undefined) {
        const { currentTime, ...raw } = context;
        return enrich(currentTime === undefined ? raw : { ...raw, currentTime }, request).then((enriched) =>
          toEvaluationContext(enriched, defaults),
        );
      }
      context.appName ??= defaults.appName;
      context.environment = defaults.environment ?? context.environment ?? defaultEnvironment;
      return context;
    };
  };
  const common = {
    flags,
    visible: set.flags.map((_flag, index) => index),
    flagSetId: flagSetIdOf(config),
    version,
    changedAtMs: publishedAtMs,
    channel,
    memoryShare: 1,
    evaluations: evaluations.ofrep,
    knownBytes: config.openFeature.ofrepReplyCacheLimit / 4,
    draws,
    lastHeardMs: () => (config.refreshInterval > 0 ? source.upstream?.lastHeardMs() || publishedAtMs : undefined),
    count: ({ name, enabled, variant }: { name: string; enabled: boolean; variant: string | undefined }) => {
      usage.count(name, enabled ? 1 : 0, enabled ? 0 : 1);
      if (variant !== undefined) usage.countVariant(name, variant, 1);
    },
  };
  const readsAddress = set.isRead('remoteAddress');
  const view = (audience: Audience, fillsAddress: boolean) =>
    new UnleashView({
      ...common,
      audience,
      readContext: readContext(fillsAddress),
      // Nobody can tell what enrichers look at.
      addition: enrich !== undefined ? () => undefined : fillsAddress && readsAddress ? clientAddress : () => '',
    });
  return { frontend: view('frontend', true), backend: view('backend', false) };
}

/** Project and environment of the token that definitions are fetched with, where configuration does not say better. */
function flagSetIdOf({ projectName, environment, unleashApiToken }: IProxyConfig): string {
  const token = parseToken(unleashApiToken);
  const project = projectName ?? token?.projects[0] ?? '*';
  return `${project}:${environment ?? token?.environment ?? defaultEnvironment}`;
}

/** What the flags hash to: replicas with the same flags agree on it. */
function digestOf({ definitions }: ProxyModel): string {
  const hash = createHash('sha1');
  for (const { source } of definitions.features) hash.update(source);
  hash.update(JSON.stringify([...definitions.segments.values()].map(({ source }) => source)));
  return hash.digest('hex').slice(0, 12);
}
