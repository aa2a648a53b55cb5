import { hostname } from 'node:os';
import { SnapshotSlot } from '../../flags/snapshot.ts';
import { finish } from '../../flags/steps.ts';
import type { EvaluationMode } from '../../flagsmith/engine/identity-overrides.ts';
import { EnvironmentRegistry } from '../../flagsmith/environment/registry.ts';
import { loadEnvironment } from '../../flagsmith/environment/served-environment.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';
import { systemSlicing } from '../../operations/slicing.ts';
import { readDefinitions } from '../../unleash/definitions/read-document.ts';
import { createTagger } from '../../unleash/edge/api/entity.ts';
import { Environments } from '../../unleash/edge/environments/environments.ts';
import { readBootstrapFile } from '../../unleash/edge/offline/bootstrap.ts';
import type { EngineEnvironment } from '../../unleash/engine/strategies/types.ts';
import type { IProxyConfig } from '../../unleash/proxy/config-types.ts';
import { createModelInSteps, type ProxyModel } from '../../unleash/proxy/model.ts';
import { edgeMode } from './edge-mode.ts';
import { flagsmithMode } from './flagsmith-mode.ts';
import { proxyMode } from './proxy-mode.ts';

/** Definitions from a file, as text or parsed, and when they were written, in milliseconds since the epoch. */
export interface KeptDefinitions<Content> {
  /** What the environment is called. */
  readonly name: string;
  readonly content: Content;
  readonly writtenMs: number;
}

const now = () => Date.now();

function engine(semantics: 'node' | 'yggdrasil'): EngineEnvironment {
  return {
    random: Math.random,
    now,
    hostname: process.env.HOSTNAME || hostname(),
    customStrategies: new Map(),
    semantics,
  };
}

/**
 * A document of Unleash as Unleash Proxy would answer from it.
 *
 * @throws UnusableDefinitionsError
 */
export function proxyFileMode({ name, content, writtenMs }: KeptDefinitions<unknown>): OperatorMode {
  const slot = new SnapshotSlot<ProxyModel>(now);
  const environment = engine('node');
  const model = finish(createModelInSteps(readDefinitions(content), environment, [], 0));
  slot.publish(model, 'file', { revision: 1, publishedAtMs: writtenMs });
  // The parts of a configuration that say something about contexts and credentials; a file knows none of them.
  const config = { environment: undefined, unleashAppName: 'unleash-proxy', clientKeys: [] } as unknown as IProxyConfig;
  return proxyMode('proxy', config, { slot, engine: environment }, name);
}

/**
 * Documents of Unleash as Edge would answer from them, by the names of their environments.
 *
 * @throws UnusableDefinitionsError
 */
export async function edgeFileMode(documents: readonly KeptDefinitions<unknown>[]): Promise<OperatorMode> {
  const environment = engine('yggdrasil');
  let writtenMs = 0;
  const environments = new Environments({
    engine: environment,
    tagger: await createTagger(false),
    cacheBytes: 0,
    slicing: systemSlicing,
    now: () => writtenMs,
    onIssues: () => {},
  });
  for (const { name, content, writtenMs: at } of documents) {
    writtenMs = at;
    await environments.replace(name, readBootstrapFile(content));
  }
  return edgeMode({
    kind: 'offline',
    environments,
    engine: environment,
    tokens: () => [],
    refreshes: () => [],
    figures: () => [],
  });
}

/** Documents of Flagsmith. @throws Error with what is wrong with a document */
export function flagsmithFileMode(documents: readonly KeptDefinitions<string>[], mode: EvaluationMode): OperatorMode {
  const registry = new EnvironmentRegistry(now);
  for (const { name, content, writtenMs } of documents) {
    const { environment, issues } = finish(loadEnvironment([content], { mode, details: false }));
    if (environment === null) throw new Error(issues.at(-1)?.message ?? 'the document cannot be used');
    const { slot } = registry.register({ clientKey: name, serverKeys: [] });
    slot.publish(environment, 'file', { revision: 1, publishedAtMs: writtenMs });
  }
  return flagsmithMode({ registry, figures: () => [], own: () => [], now });
}
