import { describe, expect, test } from 'vitest';
import { environmentDocument, keys } from '../../bench/flagsmith-datasets.mjs';
import { createFlagsmithApi } from '../../src/flagsmith/api/handler.ts';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpHandler, HttpReply } from '../../src/http/types.ts';
import { edgeInMemory, flag, scriptedUpstream } from '../edge/harness.ts';
import { apiOptions, registryOf } from '../flagsmith/api.ts';

type Headers = Readonly<Record<string, string>>;

/** Posts JSON. @returns the reply, which was there at once where the body was */
async function posted(handler: HttpHandler, url: string, headers: Headers, value: object) {
  const replies: HttpReply[] = [];
  for (const isArrived of [true, false]) {
    const sent = { ...headers, 'content-type': 'application/json' };
    const request = { method: 'POST', url, headers: sent, body: JSON.stringify(value), isArrived };
    const reply = handler(testRequest(request));
    expect(reply instanceof Promise, url).toBe(!isArrived);
    replies.push(await reply);
  }
  const [first, second] = replies;
  expect(first).toMatchObject({ status: second?.status, body: second?.body });
  return first;
}

async function startedEdge() {
  const upstream = scriptedUpstream();
  const client = '*:dev.client';
  const frontend = '*:dev.frontend';
  upstream.tokens.set(client, { type: 'client', environment: 'dev', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'dev', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('on', 'default', {})] });
  const edge = await edgeInMemory(['--dynamic', '--tokens', `${client},${frontend}`], upstream);
  await edge.start();
  return { edge, client: { authorization: client }, frontend: { authorization: frontend } };
}

describe('a POST whose body came with its head is answered without a promise', () => {
  test("Edge's evaluation", async () => {
    const { edge, frontend } = await startedEdge();
    const reply = await posted(edge.handler, '/api/frontend', frontend, { context: { userId: '7' } });
    expect(reply?.status).toBe(200);
    expect(String(reply?.body)).toContain('"name":"on"');
  });

  test("Edge's metrics", async () => {
    const { edge, client } = await startedEdge();
    const bucket = { start: '2026-01-01T00:00:00Z', stop: '2026-01-01T00:01:00Z', toggles: { on: { yes: 1, no: 2 } } };
    const reply = await posted(edge.handler, '/api/client/metrics', client, { appName: 'app', bucket });
    expect(reply?.status).toBe(202);
  });

  test("Flagsmith's identities", async () => {
    const { client, server } = keys('features50');
    const text = JSON.stringify(environmentDocument('features50'));
    const handler = createFlagsmithApi(apiOptions(registryOf({ [client]: { serverKey: server, text } })));
    const headers = { 'x-environment-key': client };
    const reply = await posted(handler, '/api/v1/identities/', headers, { identifier: 'ann', traits: [] });
    expect(reply?.status).toBe(200);
    expect(String(reply?.body)).toContain('"identifier":"ann"');
  });
});
