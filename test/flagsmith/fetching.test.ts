/** How a Halyard process gets documents: pages, redirects, schedules, and what it tells of changes. On both runtimes. */
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes, startFlagsmith } from './support/halyard.ts';

const key = (value: string) => ({ 'x-environment-key': value });
const one = keyPairs(['ser.one', 'client1']);

describe.each(runtimes())('documents, %s', (subject) => {
  let core: CoreApi;
  const servers: Server[] = [];

  beforeEach(async () => {
    core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    await core.close();
  });
  const start = async (env: Record<string, string> = one): Promise<Server> => {
    const server = await startFlagsmith(subject, core, env, { waitFor: 'listening' });
    servers.push(server);
    return server;
  };
  const flagsOf = async (server: Server, identifier: string) =>
    (await server.get(`/api/v1/identities/?identifier=${identifier}`, key('client1'))).text;

  it('of several pages are read whole', async () => {
    core.behaviours.set('ser.one', 'paged');
    const server = await start();
    expect(await flagsOf(server, 'alice')).toContain('alice!');
    expect(await flagsOf(server, '42')).toContain('"answer"');
    const pages = JSON.parse(
      (await server.get('/api/v1/environment-document', key('ser.one'))).text,
    ).identity_overrides;
    expect(pages).toEqual(JSON.parse(e2eDocument()).identity_overrides);
  });

  it('are followed when they move on the same server', async () => {
    core.behaviours.set('ser.one', 'moved');
    const server = await start();
    expect((await server.get('/api/v1/environment-document', key('ser.one'))).text).toBe(e2eDocument());
    const keys = core.requests.map(({ headers }) => headers['x-environment-key']);
    expect(new Set(keys)).toEqual(new Set(['ser.one']));
  });

  it('are never read from a file, and no other server gets the key', async () => {
    const file = join(tmpdir(), `halyard-${process.pid}-${subject}.json`);
    await writeFile(file, e2eDocument());
    const seen: unknown[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers['x-environment-key']);
      response.end(e2eDocument());
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    core.behaviours.set('ser.one', 'moved');
    try {
      core.location = `file://${file}`;
      const server = await start();
      expect((await server.get('/api/v1/flags/', key('client1'))).status).toBe(401);
      await eventually('a word about it', () => server.stderr().includes('redirects to file:'));
      core.location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
      await eventually('the other server to be asked', () => seen.length > 0);
      expect(seen[0]).toBeUndefined();
    } finally {
      other.close();
      await rm(file);
    }
  });

  it('that changed are told to streams, with the time in the replies', async () => {
    const realtime = { HALYARD_FLAGSMITH_REALTIME: 'true', HALYARD_FLAGSMITH_REALTIME_URL: core.origin };
    const server = await start({ ...one, ...realtime });
    const reply = await fetch(`http://127.0.0.1:${server.port}/sse/environments/client1/stream`);
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    const reader = reply.body!.getReader();
    const decoder = new TextDecoder();
    let text = decoder.decode((await reader.read()).value);
    expect(text).toContain('"updated_at": 1714979289.123456');
    core.change('ser.one', (document) => {
      document.name = 'Changed';
    });
    const time = String(Date.parse(JSON.parse(core.documents.get('ser.one')!).updated_at) / 1000);
    while (!text.includes(time)) text += decoder.decode((await reader.read()).value);
    const flags = await server.get('/api/v1/flags/', key('client1'));
    expect(flags.headers['x-flagsmith-document-updated-at']).toBe(time);
    await reader.cancel();
    expect((await fetch(`http://127.0.0.1:${server.port}/sse/environments/nope/stream`)).status).toBe(401);
  });

  it('are asked for side by side: one that is slow or broken holds up nobody', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) core.documents.set(`ser.${name}`, e2eDocument({ api_key: name }));
    core.behaviours.set('ser.one', 'slow').set('ser.two', 'array');
    const pairs = keyPairs(...names.map((name) => [`ser.${name}`, name] as const));
    const server = await start({ ...pairs, API_POLL_TIMEOUT_SECONDS: '5' });
    const statuses = async () =>
      Promise.all(names.map(async (name) => (await server.get('/api/v1/flags/', key(name))).status));
    expect(await statuses()).toEqual([401, 401, 200]);
    expect((await server.get('/proxy/health/readiness')).status).toBe(503);
    core.behaviours.clear();
    await eventually('all three', async () => (await statuses()).every((status) => status === 200));
    await eventually('readiness', async () => (await server.get('/proxy/health/readiness')).status === 200);
  });

  it('that changed are seen within one poll, everywhere', async () => {
    const server = await start();
    const polls = () => core.documentStatuses.length;
    await eventually('a poll that finds nothing new', () => core.documentStatuses.includes(304));
    const paths = ['flags/', 'flags/?feature=str', 'identities/?identifier=nobody'].map((path) => `/api/v1/${path}`);
    const texts = () => Promise.all(paths.map(async (path) => (await server.get(path, key('client1'))).text));
    // asked twice: what is kept for the second time has to go, too
    for (const text of [...(await texts()), ...(await texts())]) expect(text).not.toContain('rotated');
    core.change('ser.one', (document) => {
      const states = document.feature_states as { feature: { name: string }; feature_state_value: unknown }[];
      states.find(({ feature }) => feature.name === 'str')!.feature_state_value = 'rotated';
    });
    const before = polls();
    // the second poll from now begins when what the first one found is served
    await eventually('the next polls', () => polls() >= before + 2);
    for (const text of await texts()) expect(text).toContain('rotated');
    const document = await server.get('/api/v1/environment-document/', key('ser.one'));
    expect(document.text).toBe(core.documents.get('ser.one'));
  });

  it('are asked for with the time of the one that is held, in whole seconds', async () => {
    await start();
    const since = () => core.requests.map(({ headers }) => headers['if-modified-since']);
    await eventually('a second poll', () => since().length > 1);
    expect(since().slice(0, 2)).toEqual([undefined, 'Mon, 06 May 2024 07:08:09 GMT']);
    expect(core.documentStatuses.slice(0, 2)).toEqual([200, 304]);
  });
});
