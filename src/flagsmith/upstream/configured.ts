import type { FlagsmithConfig } from '../config/read-config.ts';
import type { EnvironmentKeys } from '../environment/registry.ts';
import { type DocumentSource, documentSource, legacyDocumentSource } from './fetch-document.ts';

/** An environment that the configuration names. */
export interface ConfiguredEnvironment {
  readonly keys: EnvironmentKeys;
  readonly source: DocumentSource;
}

/** The environments of a configuration with the way to fetch each: by key pairs, or as in version 1.0. */
export function configuredEnvironments({ edgeProxy, legacy, halyard }: FlagsmithConfig): ConfiguredEnvironment[] {
  if (legacy !== null) {
    return legacy.clientKeys.map((clientKey) => ({
      keys: { clientKey, serverKeys: [] },
      source: legacyDocumentSource(legacy.apiUrl, clientKey, legacy.token),
    }));
  }
  // of pairs that share a client key the last one counts
  const pairs = new Map(edgeProxy.environment_key_pairs.map((pair) => [pair.client_side_key, pair.server_side_key]));
  return [...pairs].map(([clientKey, serverKey]) => ({
    keys: { clientKey, serverKeys: [serverKey] },
    source: documentSource(edgeProxy.api_url, serverKey, halyard.proxyKey),
  }));
}
