import { type EdgeService, EdgeStartupError } from '../../unleash/edge/service.ts';
import type { EdgeToken } from '../../unleash/edge/types.ts';
import { parsePretrusted } from '../../unleash/tokens/pretrusted.ts';
import type { EdgeServerSettings } from './assemble-edge.ts';
import type { EdgeSettings } from './edge-store.ts';

/**
 * The token whose environment and projects keys of Unleash Proxy see that name none: the first one to fetch with, else
 * the first trusted one.
 *
 * @throws EdgeStartupError when there are such keys and no such token
 */
export function createProxyToken(
  { proxyClientKeys }: EdgeServerSettings,
  { tokens, pretrustedTokens }: EdgeSettings,
): (service: EdgeService) => EdgeToken | undefined {
  const [trusted] = pretrustedTokens;
  const text = tokens[0]?.trim() ?? (trusted === undefined ? undefined : parsePretrusted(trusted)[0]);
  if (text === undefined && proxyClientKeys.some(({ environment }) => environment === undefined)) {
    throw new EdgeStartupError(
      'A key of --proxy-client-keys sees what the first of --tokens sees, and there is none: give one, or write key@environment',
    );
  }
  return ({ cache }) => {
    const token = text === undefined ? undefined : cache.get(text);
    return token?.status === 'Validated' || token?.status === 'Trusted' ? token : undefined;
  };
}
