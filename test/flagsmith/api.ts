import { finish } from '../../src/flags/steps.ts';
import { createFlagsmithApi } from '../../src/flagsmith/api/handler.ts';
import type { FlagsmithApiOptions } from '../../src/flagsmith/api/options.ts';
import { RepeatedIdentities } from '../../src/flagsmith/api/repeated/repeated-identities.ts';
import { EnvironmentRegistry } from '../../src/flagsmith/environment/registry.ts';
import { loadEnvironment, type ServingOptions } from '../../src/flagsmith/environment/served-environment.ts';
import { encodeJson } from '../../src/flagsmith/json/encode.ts';
import type { Json } from '../../src/flagsmith/json/value.ts';
import type { HttpReply } from '../../src/http/types.ts';
import { request } from './requests.ts';
import { member, object, vectors } from './vectors.ts';

/** The document of the `proxy_e2e` vectors, with members replaced. */
export function e2eDocument(changes: Record<string, Json> = {}, project: Record<string, Json> = {}): string {
  const document = object(member(member(vectors.root, 'proxy_e2e'), 'doc'));
  const changedProject = new Map([...object(document.get('project')), ...Object.entries(project)]);
  return encodeJson(new Map([...document, ...Object.entries(changes), ['project', changedProject]]));
}

/** A registry with documents by client key; the server key of `client` is `ser.client`, unless told. */
export function registryOf(
  documents: Record<string, { readonly serverKey: string; readonly text: string | null }>,
  options: ServingOptions = { mode: 'proxy', details: false },
): EnvironmentRegistry {
  const registry = new EnvironmentRegistry(() => 0);
  for (const [clientKey, { serverKey, text }] of Object.entries(documents)) {
    const registered = registry.register({ clientKey, serverKeys: [serverKey] });
    const environment = text === null ? null : finish(loadEnvironment([text], options)).environment;
    if (environment !== null) registered.slot.publish(environment, 'upstream');
  }
  return registry;
}

/** Options of an API over a registry, as far as a test does not set them. */
export function apiOptions(
  registry: EnvironmentRegistry,
  options: Partial<FlagsmithApiOptions> = {},
): FlagsmithApiOptions {
  return {
    registry,
    readiness: () => ({ status: 200, body: '{}' }),
    allowOrigins: ['*'],
    documentForClientKeys: false,
    sendUpdatedAt: false,
    bodyLimitBytes: 1_000_000,
    repeated: new RepeatedIdentities(1_000_000),
    randomIdentifier: () => 'random',
    onAnalytics: () => {},
    onEvaluations: () => {},
    onRequest: () => {},
    figures: null,
    onUsage: () => {},
    ...options,
  };
}

/** An API in memory: sends one request and waits for its reply. */
export function client(registry: EnvironmentRegistry, options: Partial<FlagsmithApiOptions> = {}) {
  const handler = createFlagsmithApi(apiOptions(registry, options));
  return (
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body: string | Uint8Array = '',
  ): Promise<HttpReply> => Promise.resolve(handler(request(method, url, headers, body)));
}

/** The environments of the `proxy_e2e` vectors. */
export function e2eRegistry(options?: ServingOptions): EnvironmentRegistry {
  return registryOf(
    {
      client1: { serverKey: 'ser.one', text: e2eDocument() },
      client2: {
        serverKey: 'ser.two',
        text: e2eDocument({ api_key: 'client2', name: null }, { hide_disabled_flags: true }),
      },
      client3: { serverKey: 'ser.three', text: e2eDocument({ api_key: 'client3', hide_disabled_flags: true }) },
      client4: { serverKey: 'ser.four', text: null },
    },
    options,
  );
}
