/** Replaces a running server's definitions and waits until it serves the new ones. */
import type { Server } from './server.ts';
import type { Upstream } from './upstream.ts';
import { eventually } from './wait.ts';

/** Settings under which a swap is quick and observable. `srv` may read the definitions back. */
export const swapEnvironment = (upstream: Upstream): Record<string, string> => ({
  UNLEASH_URL: `${upstream.origin}/api`,
  UNLEASH_API_TOKEN: 'api-token',
  UNLEASH_PROXY_CLIENT_KEYS: 'k1',
  EXP_SERVER_SIDE_SDK_CONFIG_TOKENS: 'srv',
  ENABLE_ALL_ENDPOINT: 'true',
  UNLEASH_FETCH_INTERVAL: '50',
});

let revision = 0;

/** Name of the flag that marks a revision; it is always off. */
export const markerPrefix = 'zz-revision-';

export async function swapDefinitions(
  upstream: Upstream,
  servers: readonly Server[],
  document: Readonly<Record<string, unknown>>,
  serverToken = 'srv',
): Promise<void> {
  revision += 1;
  const name = `${markerPrefix}${revision}`;
  const marker = { name, enabled: false, strategies: [] };
  if (Array.isArray(document.events)) {
    const event = { eventId: 1_000_000 + revision, type: 'feature-updated', feature: marker };
    upstream.setDefinitions({ ...document, events: [...document.events, event] });
  } else {
    const features = Array.isArray(document.features) ? document.features : [];
    upstream.setDefinitions({ ...document, features: [...features, marker] });
  }
  for (const server of servers) {
    await eventually(`${server.subject} to serve revision ${revision}`, async () => {
      const { text } = await server.get('/proxy/client/features', { authorization: serverToken });
      return text.includes(`"${name}"`);
    });
  }
}
