/**
 * Groups of vectors that tell how versions 18 and 20 differ. Halyard behaves like 19.15.1: each row is run, and what
 * differs is said here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compatibleEdgeVersion } from '../../src/library/edge/identity.ts';
import { createTagger } from '../../src/unleash/edge/api/entity.ts';
import { edgeVectors } from '../support/edge-vectors.ts';
import { repositoryRoot } from '../support/subjects.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';
import { edgeWithFlags } from './with-flags.ts';

const now = () => new Date().toISOString();
const report = (toggle: string) => ({
  appName: 'app',
  bucket: { start: now(), stop: now(), toggles: { [toggle]: { yes: 1, no: 0 } } },
});

/** An Edge with client tokens, and an upstream that announces a version at registration. */
async function edgeOn(environments: readonly string[], headers: Readonly<Record<string, string>>) {
  const upstream = scriptedUpstream();
  const tokens = environments.map((environment) => `*:${environment}.client`);
  for (const [index, token] of tokens.entries()) {
    upstream.tokens.set(token, { type: 'client', environment: environments[index] as string, projects: ['*'] });
    upstream.features.set(token, { version: 2, features: [flag('a')] });
  }
  const send: typeof upstream.send = async (request) => {
    const { status, body } = await upstream.send(request);
    return { status, body, header: (name) => headers[name] };
  };
  const edge = await edgeInMemory(['--strict', '--tokens', tokens.join()], { ...upstream, send });
  await edge.start();
  return { ...edge, sent: () => upstream.requests.filter(({ url }) => url.includes('/metrics')) };
}

test('about: the versions that the vectors speak of', () => {
  const { tags } = edgeVectors<{ tags: Record<string, string> }>('about');
  expect(tags).toMatchObject({ v18: '18.0.1', '19.x': '19.15.1' });
  expect(compatibleEdgeVersion.split('+')[0]).toBe(tags['19.x']);
});

describe('upstream_version_gate_v18: 19 always uses the bulk endpoint', () => {
  interface Row {
    readonly kind: 'unleash' | 'edge';
    readonly version: string;
    readonly bulk: boolean;
  }
  test.each(edgeVectors<Row[]>('upstream_version_gate_v18'))('%j', async ({ kind, version }) => {
    const { call, timers, sent } = await edgeOn(['development'], { [`x-${kind}-version`]: version });
    await call('/api/client/metrics', { token: '*:development.client', body: report('a') });
    await timers.advance(61_000);
    expect(sent().map(({ url }) => url)).toContain('http://upstream/api/client/metrics/bulk');
    expect(sent().some(({ url }) => url.endsWith('/edge/metrics'))).toBe(false);
    const page = (await call('/internal-backstage/metrics')).text;
    expect(page).toContain(`upstream_version{server="${kind}",version="${version}"`);
  });
});

describe('metrics_token_choice: 19 sends with a token of the environment', () => {
  interface Row {
    readonly refresh_tokens: readonly { readonly env: string }[];
    readonly env: string;
  }
  test.each(edgeVectors<Row[]>('metrics_token_choice'))('%j', async ({ refresh_tokens, env }) => {
    const { call, timers, sent } = await edgeOn(
      refresh_tokens.map(({ env: name }) => name),
      {},
    );
    await call('/api/client/metrics', { token: `*:${env}.client`, body: report('a') });
    await timers.advance(61_000);
    const bulk = sent().filter(({ url }) => url.endsWith('/api/client/metrics/bulk'));
    expect(bulk).toHaveLength(1);
    expect(bulk[0]?.headers.Authorization).toBe(`*:${env}.client`);
    expect(JSON.parse(bulk[0]?.body ?? '')).toMatchObject({ metrics: [{ environment: env, featureName: 'a' }] });
  });
});

describe('etag_20: the same hash, written the way of 19', () => {
  interface Row {
    readonly body_utf8?: string;
    readonly etag?: string | null;
    readonly if_none_match?: string;
    readonly path_suffix?: string;
    readonly empty_body?: boolean;
    readonly method?: string;
    readonly path?: string;
  }
  const rows = edgeVectors<Row[]>('etag_20');

  test.each(rows.filter(({ body_utf8, etag }) => body_utf8 !== undefined && etag !== undefined))('%j', async (row) => {
    const tag = (await createTagger(false))(Buffer.from(row.body_utf8 ?? ''));
    const [, length = '', digest = ''] = /^W\/"([0-9a-f]+)-([^"]+)"$/.exec(tag) ?? [];
    const bytes = Buffer.from(digest, 'base64url').reverse();
    expect(`"${Number.parseInt(length, 16)}-${BigInt(`0x${bytes.toString('hex')}`)}"`).toBe(row.etag);
  });

  test.each(rows.filter((row) => row.if_none_match !== undefined))('conditions: %j', async ({ if_none_match }) => {
    const { call, client } = await edgeWithFlags();
    const headers = { 'if-none-match': if_none_match ?? '' };
    const reply = await call('/api/client/features', { token: client, headers });
    // A tag of version 20 is not one of ours; `*` is any. Either way the tag is sent (27, 6).
    expect(reply.status).toBe(if_none_match === '*' ? 304 : 200);
    expect(reply.headers.ETag).toMatch(/^W\//);
  });

  test.each(rows.filter((row) => row.path_suffix ?? row.empty_body ?? row.method))('no tag: %j', async (row) => {
    const { call, client } = await edgeWithFlags(['--dynamic', '--pretrusted-tokens', '*:development.frontend']);
    if (row.path_suffix !== undefined) {
      // Not streaming: the refusal is a body like others, which 19 tags.
      const reply = await call(`/api/client${row.path_suffix}`, { token: client });
      expect([reply.status, reply.headers.ETag !== undefined]).toEqual([403, true]);
    } else if (row.empty_body) {
      const reply = await call('/api/client/metrics', { token: client, body: report('a') });
      expect([reply.status, reply.text, reply.headers.ETag]).toEqual([202, '', undefined]);
    } else {
      const reply = await call(row.path ?? '', { token: '*:development.frontend', body: {} });
      // Only GET is tagged in 19.
      expect([reply.status, reply.headers.ETag]).toEqual([200, undefined]);
    }
  });
});

describe('refresh_due', () => {
  interface Case {
    readonly next_refresh: number | null;
    readonly due: boolean;
  }
  const { now: nowSeconds, cases } = edgeVectors<{ now: number; cases: Case[] }>('refresh_due');

  test.each(cases)('%j', async ({ next_refresh, due }) => {
    const { timers, service, upstream, start } = await edgeOnInterval(10);
    const fetches = () => upstream.requests.filter(({ url }) => url.endsWith('/features')).length;
    if (next_refresh === null) {
      // Never fetched: at once.
      await start();
      expect(fetches() > 0).toBe(due);
      return;
    }
    await start();
    const before = fetches();
    const [refresh] = service.refresh.refreshes;
    // Moves to where the next fetch is as far away as the row says; one second of patience for what is past.
    await timers.advance((refresh?.nextRefreshMs ?? 0) - timers.now() - (next_refresh - nowSeconds) * 1000);
    expect(fetches() > before).toBe(due);
  });
});

async function edgeOnInterval(seconds: number) {
  const upstream = scriptedUpstream();
  const client = '*:development.client';
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('a')] });
  return edgeInMemory(
    ['--strict', '--tokens', client, '--features-refresh-interval-seconds', String(seconds)],
    upstream,
  );
}

test('every group of vectors is run', () => {
  const files = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(repositoryRoot, folder, name)),
  );
  const used = new Set(
    files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/edgeVectors(?:<[\s\S]*?>)?\(\s*'(\w+)',?\s*\)/g)].map(
        ([, name]) => name,
      ),
    ),
  );
  const data = readFileSync(join(repositoryRoot, 'test/data/unleash-edge.vectors.json'), 'utf8');
  const groups = Object.keys(JSON.parse(data));
  expect(groups).toHaveLength(44);
  expect(groups.filter((group) => !used.has(group))).toEqual([]);
});
