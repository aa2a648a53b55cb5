/** 50 environments, and a large document: counts and answers while everything changes at once. Nothing here is timed. */
import { describe, expect, test } from 'vitest';
import { dataset } from '../../bench/datasets.mjs';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';
import { type SocketUpstream, startSocketUpstream } from './socket-upstream.ts';

interface Feature {
  readonly name: string;
  readonly enabled: boolean;
}

interface FlagDocument {
  readonly version: number;
  readonly features: readonly Feature[];
  readonly segments: readonly unknown[];
}

const names = Array.from({ length: 50 }, (_, index) => `env-${index}`);
const clientOf = (name: string) => `*:${name}.client-secret-0001`;
const frontendOf = (name: string) => `*:${name}.frontend-secret-02`;
const marker = (name: string, version: number) => `marker.${name}.${version}`;

/** A tenth of the flags differ from version to version, and the first one tells whose version it is. */
function documentOf(base: FlagDocument, name: string, version: number): FlagDocument {
  const features = base.features.map((feature, i) =>
    (i + version) % 10 === 0 ? { ...feature, enabled: !feature.enabled } : feature,
  );
  features[0] = { ...features[0], name: marker(name, version), enabled: true, strategies: [], variants: [] } as Feature;
  return { ...base, features };
}

const large = dataset('large') as unknown as FlagDocument;
const huge = dataset('huge') as unknown as FlagDocument;

function fill({ tokens, features }: Pick<SocketUpstream, 'tokens' | 'features'>, version: number): void {
  for (const name of names) {
    tokens.set(clientOf(name), { type: 'client', environment: name, projects: ['*'] });
    tokens.set(frontendOf(name), { type: 'frontend', environment: name, projects: ['*'] });
    features.set(clientOf(name), documentOf(large, name, version));
  }
}

test('flags that did not change are not compiled again, and few environments are fetched at a time', async () => {
  const upstream = scriptedUpstream();
  fill(upstream, 0);
  let fetching = 0;
  let most = 0;
  const { send } = upstream;
  upstream.send = async (request) => {
    if (!request.url.endsWith('/client/features')) return send(request);
    fetching++;
    most = Math.max(most, fetching);
    await new Promise((resolve) => setImmediate(resolve));
    fetching--;
    return send(request);
  };
  const edge = await edgeInMemory(['--strict', '--tokens', names.map(clientOf).join(',')], upstream);
  await edge.start();
  const { environments } = edge.core;
  expect(environments.size).toBe(50);
  expect(most).toBe(10);
  const before = new Map([...environments.entries()].map(([key, { set }]) => [key, set.flags]));
  fill(upstream, 1);
  await edge.timers.advance(15_000);
  await eventually('all changes', () =>
    [...environments.entries()].every(([key, { set }]) => set.indexOf(marker(key, 1)) >= 0),
  );
  for (const [key, { set }] of environments.entries()) {
    const old = new Set(before.get(key));
    const differing = documentOf(large, key, 1).features.filter(
      (feature, i) => JSON.stringify(feature) !== JSON.stringify(documentOf(large, key, 0).features[i]),
    );
    const compiled = set.flags.filter((flag) => !old.has(flag)).map(({ name }) => name);
    expect(compiled.sort()).toEqual(differing.map(({ name }) => name).sort());
    expect(compiled.length).toBeLessThan(80);
  }
  expect(most).toBe(10);
  await edge.stop(1_000);
});

describe.each(halyards())('%s', (subject) => {
  const settings = (upstream: SocketUpstream, tokens: readonly string[]) => ({
    UPSTREAM_URL: upstream.origin,
    TOKENS: tokens.join(','),
    STRICT: 'true',
    FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  });

  test('50 environments that change at once are all served anew, and no request fails', async () => {
    const upstream = await startSocketUpstream();
    fill(upstream, 0);
    const env = settings(upstream, names.map(clientOf));
    const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
    try {
      const has = async (name: string, version: number) => {
        const path = `/api/frontend/features/${marker(name, version)}`;
        return (await server.get(path, { authorization: frontendOf(name) })).status === 200;
      };
      const allHave = async (version: number) => {
        for (const name of names) await eventually(`${version} of ${name}`, () => has(name, version));
      };
      await eventually('Edge to listen', () => server.stdout().includes('is listening'));
      await allHave(0);
      let asking = true;
      const asked = new Map<string, number>();
      const ask = async (name: string) => {
        while (asking) {
          const { status, text } = await server.get('/api/frontend?userId=7', { authorization: frontendOf(name) });
          expect(status).toBe(200);
          expect(text).toMatch(new RegExp(`"marker\\.${name}\\.\\d+"`));
          asked.set(name, (asked.get(name) ?? 0) + 1);
        }
      };
      const askers = Promise.all(['env-0', 'env-7', 'env-49'].map(ask));
      for (const version of [1, 2]) {
        fill(upstream, version);
        await allHave(version);
        expect(await has('env-7', version - 1)).toBe(false);
      }
      asking = false;
      await askers;
      expect([...asked.keys()].sort()).toEqual(['env-0', 'env-49', 'env-7']);
      const polled = upstream.requests.filter(({ url }) => url.endsWith('/client/features'));
      expect(new Set(polled.map(({ headers }) => headers.Authorization)).size).toBe(50);
      expect(server.stdout() + server.stderr()).not.toContain('-secret-0');
    } finally {
      await server.stop();
      await upstream.close();
    }
  });

  test('a large document goes out as it is until its compressed form is there, and then compressed', async () => {
    const name = 'env-0';
    const upstream = await startSocketUpstream();
    upstream.tokens.set(clientOf(name), { type: 'client', environment: name, projects: ['*'] });
    upstream.features.set(clientOf(name), documentOf(huge, name, 0));
    const env = settings(upstream, [clientOf(name)]);
    const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
    try {
      const fetchIt = (coding: string) =>
        server.get('/api/client/features', { authorization: clientOf(name), 'accept-encoding': coding });
      await eventually('the flags', async () => (await fetchIt('identity')).status === 200);
      const namesIn = (text: string) =>
        (JSON.parse(text) as FlagDocument).features.map((feature) => feature.name).join();
      const plain = await fetchIt('identity');
      const first = await fetchIt('gzip');
      expect(first.headers.vary).toContain('Accept-Encoding');
      expect(first.headers['content-encoding']).toBeUndefined();
      expect(first.text).toBe(plain.text);
      const packed = await eventually('the compressed form', async () => {
        const reply = await fetchIt('gzip');
        return reply.headers['content-encoding'] === 'gzip' ? reply : undefined;
      });
      expect(packed.headers.etag).toBe(plain.headers.etag);
      expect(packed.text).toBe(plain.text);
      // Who takes nothing but compressed bodies gets one at once.
      expect((await fetchIt('br, identity;q=0')).headers['content-encoding']).toBe('br');
      upstream.features.set(clientOf(name), documentOf(huge, name, 1));
      const changed = await eventually('the change', async () => {
        const reply = await fetchIt('gzip');
        return reply.headers.etag === plain.headers.etag ? undefined : reply;
      });
      // It was made before it was served.
      expect(changed.headers['content-encoding']).toBe('gzip');
      expect(namesIn(changed.text)).toContain(marker(name, 1));
    } finally {
      await server.stop();
      await upstream.close();
    }
  });
});
