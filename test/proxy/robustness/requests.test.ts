/** Hostile requests: each gets a plain answer, and while it is dealt with the process answers others. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type RawRequest, sendBytes } from '../../support/http.ts';
import { expectHealthy, healthyThroughout, key, namesOf, type ProxyUnderTest, withProxy } from '../../support/proxy.ts';
import type { Server } from '../../support/server.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { sleep } from '../../support/wait.ts';

const json = { ...key, 'content-type': 'application/json' };
const post = (body: string | Uint8Array, path = '/proxy'): RawRequest => ({
  method: 'POST',
  path,
  headers: json,
  body,
});
const get = (query: string): RawRequest => ({ path: `/proxy?${query}`, headers: { ...key } });
const nested = (open: string, close: string, depth: number, middle = '') =>
  open.repeat(depth) + middle + close.repeat(depth);

const metrics = (toggles: string) =>
  `{"appName":"a","instanceId":"i","bucket":{"start":"2026-01-01T00:00:00Z","stop":"2026-01-01T00:01:00Z","toggles":${toggles}}}`;

/** Every one of these must be answered 200 or with a 4xx. */
const requests: Readonly<Record<string, RawRequest>> = {
  'nested arrays in a context': post(`{"context":{"a":${nested('[', ']', 50_000)}}}`),
  'nested objects in a context': post(`{"context":{"a":${nested('{"a":', '}', 16_000, '1')}}}`),
  'nested arrays in properties': post(`{"context":{"properties":{"a":${nested('[', ']', 40_000)}}}}`),
  'nested arrays as toggles': post(`{"toggles":${nested('[', ']', 50_000)}}`),
  'nested arrays as the body': post(nested('[', ']', 51_000)),
  'nested objects in metrics': post(metrics(nested('{"a":', '}', 16_000, '1')), '/proxy/client/metrics'),
  'unclosed arrays': post('['.repeat(102_000)),
  'deep query brackets': get(`a${'[b]'.repeat(4000)}=1`),
  'many parameters': get(Array.from({ length: 2500 }, (_, i) => `p${i}=1`).join('&')),
  'one key many times': get('a=1&'.repeat(3500)),
  'sparse array indexes': get('a[999999999]=1&a[4294967295]=2&a[-1]=3&a[1e9]=4'),
  'nested arrays in a query': get('a[][][][][][]=1&a[0][0][0][0]=2'),
  'brackets only': get('[]=1&[][]=2&[[]]=3&]]][[[=4'),
  'percent signs only': get('%'.repeat(8000)),
  'prototype names everywhere': get(
    '__proto__[a]=1&constructor[prototype][b]=2&toString=3&valueOf[x]=4&hasOwnProperty=5',
  ),
  'many duplicate JSON keys': post(`{${'"a":1,'.repeat(14_000)}"context":{}}`),
  'many context members': post(`{"context":{${Array.from({ length: 7000 }, (_, i) => `"k${i}":${i}`).join(',')}}}`),
  'many toggle names': post(`{"toggles":[${Array.from({ length: 14_000 }, (_, i) => `"t${i}"`).join(',')}]}`),
  'a very long toggle name': post(`{"toggles":["${'x'.repeat(100_000)}"]}`),
  'a very long user id': post(`{"context":{"userId":"${'x'.repeat(100_000)}"}}`),
  'lone surrogates': post('{"toggles":["\\ud800","\\udfff"],"context":{"userId":"\\ud800"}}'),
  'NUL characters': post('{"toggles":["\\u0000"],"context":{"userId":"\\u0000"}}'),
  'numbers out of range': post('{"context":{"userId":1e999,"currentTime":-1e999,"age":1e308}}'),
  'times out of range': post('{"context":{"currentTime":8640000000000001}}'),
  'times far back': get('currentTime=-999999-01-01T00:00:00Z'),
  'many metrics toggles': post(
    metrics(`{${Array.from({ length: 6000 }, (_, i) => `"t${i}":{}`).join(',')}}`),
    '/proxy/client/metrics',
  ),
  'a long If-None-Match': { path: '/proxy?sessionId=s', headers: { ...key, 'if-none-match': '"x", '.repeat(2500) } },
  'a long Accept-Encoding': {
    path: '/proxy?sessionId=s',
    headers: { ...key, 'accept-encoding': 'a;q=0.1, '.repeat(1500) },
  },
  'a long key': { path: '/proxy', headers: { authorization: 'x'.repeat(12_000) } },
  'a long path': { path: `/proxy/${'x/'.repeat(6000)}`, headers: { ...key } },
  'odd forwarded addresses': {
    path: '/proxy?sessionId=s',
    headers: { ...key, 'x-forwarded-for': ',,::, ,%00,[::1]:80,'.repeat(200) },
  },
};

describe.skipIf(noHalyard).each(halyards())('hostile requests: %s', (subject) => {
  it('are answered with 200 or a 4xx, promptly, and nothing is left behind', async () => {
    await withProxy(subject, { env: { TRUST_PROXY: '10.0.0.0/8, loopback' } }, async ({ server }) => {
      for (const [what, request] of Object.entries(requests)) {
        const got = await healthyThroughout(server, () => server.request(request));
        expect(
          got.status === 200 || (got.status >= 400 && got.status < 500),
          `${what}: ${got.status} ${got.text.slice(0, 200)}`,
        ).toBe(true);
        expect(got.text, what).not.toMatch(/node_modules|\.ts:\d|at .*\(/);
      }
      expect(namesOf(await server.get('/proxy?userId=alice&sessionId=s', key))).toContain('user-list');
      expect(server.stderr()).toBe('');
    });
  });

  it('bodies without end, gzip bombs and false lengths are cut short', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      const bomb = gzipSync(Buffer.alloc(90_000_000, ' '), { level: 9 });
      const cases: [string, RawRequest, number[]][] = [
        ['5 MB with a length', post('x'.repeat(5_000_000)), [413]],
        [
          '5 MB in chunks',
          { ...post('x'.repeat(5_000_000)), headers: { ...json, 'transfer-encoding': 'chunked' } },
          [413],
        ],
        ['a gzip bomb', { ...post(bomb), headers: { ...json, 'content-encoding': 'gzip' } }, [413]],
        [
          'a gzip bomb on metrics',
          { ...post(bomb, '/proxy/client/metrics'), headers: { ...json, 'content-encoding': 'gzip' } },
          [413],
        ],
        [
          '5 MB of another type',
          { ...post('x'.repeat(5_000_000)), headers: { ...key, 'content-type': 'text/plain' } },
          [415],
        ],
      ];
      for (const [what, request, statuses] of cases) {
        await healthyThroughout(server, async () => {
          // A server may answer and close before everything was sent; then the client may see only the closing.
          const status = await server.request(request).then(
            (got) => got.status,
            () => 'closed',
          );
          expect([...statuses, 'closed'], what).toContain(status);
        });
      }
    });
  });

  it('header floods get a 4xx or a closed connection', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      const many = Array.from({ length: 3000 }, (_, i) => `x-h${i}: ${i}\r\n`).join('');
      const long = `x-long: ${'y'.repeat(200_000)}\r\n`;
      for (const flood of [many, long, many + long]) {
        const answer = await healthyThroughout(server, () =>
          sendBytes(server.port, `GET /proxy/health HTTP/1.1\r\nhost: x\r\n${flood}connection: close\r\n\r\n`),
        );
        if (answer !== '') expect(answer.split('\r\n')[0]).toMatch(/^HTTP\/1\.1 (200|4\d\d) /);
      }
    });
  });

  it.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
    ['no host', 'GET /proxy/health HTTP/1.1\r\n\r\n'],
    ['HTTP/1.0', 'GET /proxy/health HTTP/1.0\r\n\r\n'],
    ['a bad version', 'GET /proxy/health HTTP/9.9\r\nhost: x\r\n\r\n'],
    ['two lengths', 'POST /proxy HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 20\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /proxy HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n',
    ],
    ['a negative length', 'POST /proxy HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n{}'],
    ['bad chunks', 'POST /proxy HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
    ['an absolute target', 'GET http://other.example/proxy/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
    ['a star target', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'],
    ['CONNECT', 'CONNECT other.example:443 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['an upgrade', 'GET /proxy/health HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    [
      'an expectation',
      'POST /proxy HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}',
    ],
    [
      'an unknown expectation',
      'POST /proxy HTTP/1.1\r\nhost: x\r\nexpect: cake\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}',
    ],
  ])('malformed HTTP (%s) ends with an answer or a closed connection', async (_what, bytes) => {
    await withProxy(subject, {}, async ({ server }) => {
      const answer = await healthyThroughout(server, () => sendBytes(server.port, bytes, 1500));
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.[01] [1-5]\d\d /);
      expect(server.stderr()).toBe('');
    });
  });

  it('clients that stop halfway, or never finish, are no burden', async () => {
    await withProxy(subject, {}, async (proxy) => {
      const sockets = await halfRequests(proxy, 150);
      await healthyThroughout(proxy.server, () => sleep(700));
      for (const socket of sockets) socket.destroy();
      await sleep(200);
      await expectHealthy(proxy.server);
      expect(namesOf(await proxy.server.get('/proxy?userId=alice&sessionId=s', key))).toContain('user-list');
    });
  });

  it('pipelined requests are answered in order', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      const one = (path: string, last: boolean) =>
        `GET ${path} HTTP/1.1\r\nhost: x\r\n${last ? 'connection: close\r\n' : ''}\r\n`;
      const answers = await sendBytes(
        server.port,
        one('/proxy/health', false) + one('/nope', false) + one('/proxy', true),
      );
      expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '401']);
    });
  });

  it('a burst of parallel requests is answered in full', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      const wanted = (await server.get('/proxy?userId=alice&sessionId=s', key)).text;
      const answers = await Promise.all(
        Array.from({ length: 400 }, () => server.get('/proxy?userId=alice&sessionId=s', key)),
      );
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set([`200 ${wanted}`]));
    });
  });
});

async function halfRequests({ server }: ProxyUnderTest, count: number): Promise<ReturnType<typeof connect>[]> {
  const pieces = [
    'GET /proxy',
    'GET /proxy/health HTTP/1.1\r\nhost: x\r\nx-h',
    'POST /proxy HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"toggles":',
    'POST /proxy HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
    '',
  ];
  return Promise.all(Array.from({ length: count }, (_, i) => opened(server, pieces[i % pieces.length] ?? '')));
}

function opened(server: Server, bytes: string): Promise<ReturnType<typeof connect>> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.on('error', () => undefined);
  });
}
