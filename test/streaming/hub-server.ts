/**
 * A server of delta and streams, over the real host. Its definitions are set over HTTP, or followed from another one
 * like it. Arguments: its port, and the address of that one.
 */

import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpReply, HttpRequest } from '../../src/http/types.ts';
import { createStreamOpener } from '../../src/http/upstream/stream.ts';
import { applyDelta, type RawDefinitions } from '../../src/unleash/definitions/delta.ts';
import { readFeature } from '../../src/unleash/edge/documents/read-features.ts';
import { EdgeDeltaHub } from '../../src/unleash/edge/streaming/edge-delta.ts';
import { StreamSource } from '../../src/unleash/edge/streaming/stream-source.ts';
import { clientToken, definitions, TestEnvironments } from '../../src/unleash/edge/streaming/testing.ts';
import { type EdgeUpstreamAccess, RawFeature } from '../../src/unleash/edge/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

const quiet = { debug() {}, info() {}, warn() {}, error: console.error, fatal: console.error };
const timers = {
  now: Date.now,
  set(run: () => void, ms: number) {
    // Reconnecting is sped up, so that the test does not wait for it.
    const timer = setTimeout(run, ms >= 5_000 && ms <= 30_000 ? ms / 50 : ms);
    return () => clearTimeout(timer);
  },
};
const slicing = { elapsedMs: () => performance.now(), yieldNow: () => new Promise<void>((next) => setImmediate(next)) };

export interface HubServer extends Listening {
  readonly hub: EdgeDeltaHub;
}

export async function startHubServer(listen: Listen, port: string, upstream?: string): Promise<HubServer> {
  const environments = new TestEnvironments();
  const hub = new EdgeDeltaHub({ environments, timers, slicing, logger: quiet });
  const flags = new Map<string, RawFeature>();
  const source = upstream === undefined ? undefined : follow(upstream, environments);
  if (source === undefined) environments.set('e', definitions());
  void source?.start();
  const handler = async (request: HttpRequest): Promise<HttpReply> => {
    const query = new URLSearchParams(request.query);
    const scope = { cacheKey: 'e', projects: ['*'] };
    const json = { 'Content-Type': 'application/json' };
    switch (request.path) {
      case '/set': {
        const name = query.get('name') as string;
        flags.set(name, new RawFeature({ name, enabled: query.get('on') === 'true', ...flagMembers }));
        environments.set('e', definitions(...flags.values()));
        await hub.settled();
        return { status: 200, headers: json, body: '{}' };
      }
      case '/streams':
        return { status: 200, headers: json, body: String(hub.connectedClients) };
      case '/revoke':
        hub.revoke(query.get('token') as string);
        return { status: 200, headers: json, body: '{}' };
      case '/api/client/streaming':
        return hub.stream(scope, clientToken(request.header('authorization') ?? ''), request);
      case '/api/client/delta': {
        const answer = hub.delta(scope, request.header('if-none-match'));
        if (answer.status !== 200) return { status: answer.status, headers: {}, body: null };
        return { status: 200, headers: { ...json, ETag: `"${answer.etag}"` }, body: answer.body };
      }
      default:
        return { status: 202, headers: {}, body: '' };
    }
  };
  let closed = false;
  const listening = await listen(handler, { port: Number(port), host: '127.0.0.1' });
  return {
    hub,
    port: listening.port,
    drain: (limitMs) => listening.drain(limitMs),
    async close(graceMs) {
      if (closed) return;
      closed = true;
      source?.stop();
      hub.close();
      await listening.close(graceMs);
    },
  };
}

const flagMembers = { project: 'default', strategies: [{ name: 'default', parameters: {} }], variants: [] };

function follow(upstream: string, environments: TestEnvironments): StreamSource {
  let state: RawDefinitions | undefined;
  const access = {
    urls: { streaming: `${upstream}/api/client/streaming` },
    headers: (token: string | undefined) => ({ Authorization: token ?? '' }),
    timeoutMs: 20_000,
    limitBytes: 1_000_000,
  } as unknown as EdgeUpstreamAccess;
  const sink = {
    document: async () => undefined,
    async events(delta: unknown) {
      state = applyDelta(state, delta).state;
      const events = (delta as { events: unknown[] }).events;
      environments.set(
        'e',
        definitions(...[...state.features.values()].map((one) => readFeature(one) as RawFeature)),
        events,
      );
    },
    refused: () => undefined,
    checked: () => undefined,
  };
  const open = createStreamOpener({ rejectUnauthorized: true });
  return new StreamSource(clientToken('*:e.follower'), sink, {
    access,
    open,
    timers,
    random: () => 0.5,
    slicing,
    logger: quiet,
  });
}

await serveIfAsked(import.meta.url, startHubServer);
