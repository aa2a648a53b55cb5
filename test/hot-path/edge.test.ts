import { describe, expect, test, vi } from 'vitest';
import { Program } from '../../src/unleash/engine/program.ts';
import { edgeInMemory, flag, scriptedUpstream } from '../edge/harness.ts';
import { countedGet, headerBytes } from './counting.ts';

const rollout = (stickiness: string) => [
  { name: 'flexibleRollout', parameters: { rollout: '50', stickiness, groupId: 'g' } },
];
const addresses = [{ name: 'remoteAddress', parameters: { IPs: '127.0.0.1' } }];
const long = { description: 'x'.repeat(2_000) };

async function started(features: object[]) {
  const upstream = scriptedUpstream();
  const client = '*:dev.client';
  const frontend = '*:dev.frontend';
  upstream.tokens.set(client, { type: 'client', environment: 'dev', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'dev', projects: ['*'] });
  upstream.features.set(client, { version: 2, features });
  const edge = await edgeInMemory(['--dynamic', '--tokens', `${client},${frontend}`], upstream);
  await edge.start();
  return { edge, client: { authorization: client }, frontend: { authorization: frontend } };
}

const sticky = Array.from({ length: 40 }, (_, i) => flag(`sticky-${i}`, 'default', { strategies: rollout('userId') }));
const drawn = Array.from({ length: 3 }, (_, i) => flag(`drawn-${i}`, 'default', { strategies: rollout('random') }));
const fromHere = flag('from-here', 'default', { strategies: addresses });
const url = '/api/frontend?userId=7&sessionId=8&appName=app';

describe('a request of the frontend API', () => {
  test('a query that came before is neither read nor evaluated, and its reply is the same object', async () => {
    const { edge, frontend } = await started(sticky);
    const decide = vi.spyOn(Program.prototype, 'run');
    const replies = [1, 2, 3, 4].map(() => countedGet(edge.handler, url, frontend));
    const evaluations = decide.mock.calls.length;
    countedGet(edge.handler, url, frontend);
    expect(decide.mock.calls.length).toBe(evaluations);
    decide.mockRestore();
    expect(replies[3]?.reply).toBe(replies[2]?.reply);
    for (const { stringified, promises, addressesRead } of replies.slice(2)) {
      expect({ stringified, promises, addressesRead }).toEqual({ stringified: 0, promises: 0, addressesRead: 0 });
    }
    // From then on, path and query are not even cut out of the target.
    const { reply, headersRead, cuts } = countedGet(edge.handler, url, frontend);
    expect({ same: reply === replies[3]?.reply, headersRead, cuts }).toEqual({
      same: true,
      headersRead: ['authorization', 'origin', 'if-none-match'],
      cuts: 0,
    });
  });

  test('only flags that draw lots are asked again', async () => {
    const { edge, frontend } = await started([...sticky, ...drawn]);
    for (let i = 0; i < 3; i++) countedGet(edge.handler, url, frontend);
    const decide = vi.spyOn(Program.prototype, 'run');
    countedGet(edge.handler, url, frontend);
    expect(decide).toHaveBeenCalledTimes(drawn.length);
    decide.mockRestore();
  });

  test('the address is looked up only where a flag needs it, once', async () => {
    const { edge, frontend } = await started([...sticky, fromHere]);
    for (let i = 0; i < 4; i++) expect(countedGet(edge.handler, url, frontend).addressesRead).toBe(1);
    const other = `${url}&remoteAddress=10.0.0.1`;
    for (let i = 0; i < 4; i++) expect(countedGet(edge.handler, other, frontend).addressesRead).toBe(0);
  });

  test('other users cost one evaluation per flag, and no JSON', async () => {
    const { edge, frontend } = await started([...sticky, ...drawn]);
    countedGet(edge.handler, url, frontend);
    const decide = vi.spyOn(Program.prototype, 'run');
    const { stringified, promises, addressesRead } = countedGet(edge.handler, '/api/frontend?userId=9', frontend);
    expect(decide).toHaveBeenCalledTimes(sticky.length + drawn.length);
    decide.mockRestore();
    expect({ stringified, promises, addressesRead }).toEqual({ stringified: 0, promises: 0, addressesRead: 0 });
  });

  test('nothing new: no body is touched', async () => {
    const { edge, frontend } = await started(sticky);
    const first = countedGet(edge.handler, url, frontend).reply;
    const headers = { ...frontend, 'if-none-match': String(first.headers.ETag) };
    for (let i = 0; i < 4; i++) {
      const { reply } = countedGet(edge.handler, url, headers);
      expect(reply.status).toBe(304);
      expect(reply.body).toBeNull();
    }
    const { headersRead, cuts, promises } = countedGet(edge.handler, url, headers);
    expect({ headersRead, cuts, promises }).toEqual({
      headersRead: ['authorization', 'origin', 'if-none-match'],
      cuts: 0,
      promises: 0,
    });
  });

  test('headers on the wire', async () => {
    const { edge, frontend, client } = await started([flag('a', 'default', long)]);
    const { reply } = countedGet(edge.handler, url, frontend);
    expect(Object.keys(reply.headers).sort()).toEqual(['Content-Type', 'ETag', 'Vary']);
    expect(headerBytes(reply)).toBe(165);
    const definitions = countedGet(edge.handler, '/api/client/features', { ...client, 'accept-encoding': 'gzip, br' });
    expect(definitions.reply.headers['Content-Encoding']).toBe('br');
    expect(headerBytes(definitions.reply)).toBe(188);
  });
});

describe('a request of the client API', () => {
  test('definitions are written once', async () => {
    const { edge, client } = await started(sticky);
    const [first, second] = [1, 2].map(() => countedGet(edge.handler, '/api/client/features', client));
    expect(second?.reply).toBe(first?.reply);
    expect(second?.stringified).toBe(0);
    expect(second?.promises).toBe(0);
    expect(second?.headersRead).toEqual([
      ...['authorization', 'origin', 'if-none-match', 'accept-encoding', 'unleash-interval'],
    ]);
    expect(second?.cuts).toBe(0);
  });
});
