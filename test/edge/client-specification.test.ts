import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';
import { startSocketUpstream } from './socket-upstream.ts';
import { queryOf, type Suite, shownVariant, suites, type Toggle } from './suites.ts';

type Ask = (context: Readonly<Record<string, unknown>>, name: string) => Promise<Toggle | undefined>;

async function check(suite: Suite, ask: Ask): Promise<void> {
  for (const { description, toggleName, context, expectedResult } of suite.tests) {
    expect((await ask(context, toggleName))?.enabled ?? false, description).toBe(expectedResult);
  }
  for (const { description, toggleName, context, expectedResult } of suite.variantTests) {
    expect(shownVariant(await ask(context, toggleName), expectedResult), description).toEqual(expectedResult);
  }
}

const find = (body: unknown, name: string) =>
  (body as { toggles: readonly Toggle[] }).toggles.find((toggle) => toggle.name === name);

async function startEdge(document: unknown) {
  const upstream = scriptedUpstream();
  upstream.tokens.set('*:dev.c', { type: 'client' });
  upstream.tokens.set('*:dev.f', { type: 'frontend' });
  upstream.features.set('*:dev.c', document);
  const edge = await edgeInMemory(['--dynamic', '--tokens', '*:dev.c'], upstream);
  await edge.start();
  // An address that no case names: a missing remoteAddress is filled in with it.
  const peer = '203.0.113.77';
  const get: Ask = async (context, name) => {
    const answer = await edge.call(`/api/frontend/all?${queryOf(context)}`, { token: '*:dev.f', peer });
    return find(answer.json(), name);
  };
  const post: Ask = async (context, name) =>
    find((await edge.call('/api/frontend/all', { token: '*:dev.f', peer, body: { context } })).json(), name);
  return { ...edge, get, post };
}

describe.each(suites)('$name', (suite) => {
  test('with GET, with POST, and through the definitions that are handed on', async () => {
    const first = await startEdge(suite.document);
    await check(suite, first.get);
    await check(suite, first.post);
    const handedOn = (await first.call('/api/client/features', { token: '*:dev.c' })).json();
    await check(suite, (await startEdge(handedOn)).get);
  });
});

// One process serves all suites: each is an environment of its own.
test.each(halyards())('all suites over sockets: %s', async (subject) => {
  const upstream = await startSocketUpstream();
  const tokens = suites.map((suite, index) => {
    const client = `*:suite${index}.client`;
    upstream.tokens.set(client, { type: 'client', environment: `suite${index}`, projects: ['*'] });
    upstream.tokens.set(`*:suite${index}.f`, { type: 'frontend', environment: `suite${index}`, projects: ['*'] });
    upstream.features.set(client, suite.document);
    return client;
  });
  const env = { UPSTREAM_URL: upstream.origin, TOKENS: tokens.join(), STRICT: 'true', TRUST_PROXY: 'true' };
  const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
  try {
    for (const [index, suite] of suites.entries()) {
      const headers = { authorization: `*:suite${index}.f`, 'x-forwarded-for': '203.0.113.77' };
      await eventually('definitions', async () => (await server.get('/api/frontend', headers)).status === 200);
      await check(suite, async (context, name) => {
        const { text } = await server.get(`/api/frontend/all?${queryOf(context)}`, headers);
        return find(JSON.parse(text), name);
      });
    }
  } finally {
    await server.stop();
    await upstream.close();
  }
});
