import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import { configuredEnvironments } from '../../flagsmith/upstream/configured.ts';
import type { HttpReply, HttpRequest } from '../../http/types.ts';
import { clientAddress, type TrustedPeers, trusts } from '../flagsmith/access-log.ts';
import type { FlagsmithParts } from '../flagsmith/assemble-flagsmith.ts';
import type { OfrepParts } from './attach.ts';
import { flagsmithOfrepSource } from './flagsmith-source.ts';

/** What OpenFeature clients of Flagsmith are answered from. */
export function flagsmithOfrep(
  { config, service, requests, logger, onOfrep }: FlagsmithParts,
  options: OpenFeatureOptions,
  trusted: TrustedPeers | null,
): OfrepParts {
  const { edgeProxy, halyard } = config;
  const keys = configuredEnvironments(config).flatMap(({ keys: { clientKey, serverKeys } }) => [
    clientKey,
    ...serverKeys,
  ]);
  const origins = edgeProxy.allow_origins;
  return {
    source: flagsmithOfrepSource(service, options.ofrepFlagsmithDisabledValues),
    options,
    secrets: halyard.proxyKey === null ? keys : [halyard.proxyKey, ...keys],
    cors: { origin: origins.includes('*') ? '*' : origins },
    basePath: '',
    clientAddress: (request: HttpRequest) => clientAddress(request, trusted),
    isTrusted: (request: HttpRequest) => trusts(request, trusted),
    onRequest: (endpoint: string, _request: HttpRequest, { status }: HttpReply) => requests.add(endpoint, status),
    onCreated: onOfrep,
    onError: (error: unknown) => logger.log('ERROR', 'ofrep', `request failed: ${String(error)}`),
  };
}
