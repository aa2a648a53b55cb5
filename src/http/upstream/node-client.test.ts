import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createNodeClient } from './node-client.ts';
import { UpstreamError, type UpstreamRequest } from './types.ts';

const servers: Server[] = [];

/** A server for one test. @returns its origin */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const send = createNodeClient({ rejectUnauthorized: true });
const request = (url: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 20_000,
  limitBytes: 10_000,
  ...more,
});
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: UpstreamError) => error.failure,
  );

describe('node client', () => {
  test('sends headers and body and reads the answer', async () => {
    const seen: unknown[] = [];
    const origin = await serve((message, response) => {
      let body = '';
      message.on('data', (chunk) => {
        body += chunk;
      });
      message.on('end', () => {
        seen.push(message.method, message.headers['x-a'], message.headers['content-length'], body);
        response.writeHead(202, { 'X-B': 'b' }).end('thanks');
      });
    });
    const response = await send(request(origin, { method: 'POST', headers: { 'X-A': 'a' }, body: 'ü' }));
    expect(seen).toEqual(['POST', 'a', '2', 'ü']);
    expect([response.status, response.header('x-b'), Buffer.from(response.body).toString()]).toEqual([
      202,
      'b',
      'thanks',
    ]);
  });

  test('inflates', async () => {
    const origin = await serve((_message, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('inflated'));
    });
    expect(Buffer.from((await send(request(origin))).body).toString()).toBe('inflated');
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    ['a body larger than the limit', (response) => response.end('x'.repeat(10_001)), 'too-large'],
    [
      'a body that inflates beyond it',
      (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('x'.repeat(1e6))),
      'too-large',
    ],
    [
      'a body cut off',
      (response) => response.writeHead(200, { 'Content-Length': '10' }).write('x', () => response.destroy()),
      'cut-off',
    ],
    [
      'a broken coding',
      (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('no gzip'),
      'cut-off',
    ],
    ['a closed connection', (response) => response.destroy(), 'reset'],
  ])('%s', async (_name, answer, failure) => {
    const origin = await serve((_message, response) => answer(response));
    expect(await failureOf(send(request(origin)))).toBe(failure);
  });

  test('nobody there, no URL, no answer in time, stopped', async () => {
    const origin = await serve(() => {});
    const stop = new AbortController();
    const stopped = send(request(origin, { signal: stop.signal }));
    setTimeout(() => stop.abort(), 20);
    expect(await failureOf(stopped)).toBe('aborted');
    expect(await failureOf(send(request(origin, { timeoutMs: 30 })))).toBe('timeout');
    expect(await failureOf(send(request('http://127.0.0.1:1')))).toBe('network');
    expect(await failureOf(send(request('some/path')))).toBe('invalid-url');
    expect(await failureOf(send(request('ftp://127.0.0.1')))).not.toBe('none');
  });

  test('follows redirects, and keeps credentials from other hosts', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((message, response) => {
      seen.push(message.headers.authorization, message.headers['unleash-instanceid'] as string, message.method);
      response.end('there');
    });
    const origin = await serve((message, response) => {
      if (message.url === '/here') response.writeHead(302, { Location: '/next' }).end();
      else if (message.url === '/next') response.writeHead(301, { Location: `${other}/` }).end();
      else response.end('same host');
    });
    const response = await send(
      request(`${origin}/here`, {
        headers: { Authorization: 'secret', 'UNLEASH-INSTANCEID': 'secret' },
        method: 'POST',
        body: 'x',
      }),
    );
    expect(Buffer.from(response.body).toString()).toBe('there');
    expect(seen).toEqual([undefined, undefined, 'GET']);
  });

  test('redirects share one time limit, and lead nowhere unusable', async () => {
    const slow = await serve((_message, response) => {
      setTimeout(() => response.writeHead(302, { Location: '/' }).end(), 60);
    });
    expect(await failureOf(send(request(slow, { timeoutMs: 150 })))).toBe('timeout');
    const broken = await serve((_message, response) => response.writeHead(302, { Location: 'http://' }).end());
    expect(await failureOf(send(request(broken)))).toBe('network');
  });

  test('does not follow for ever', async () => {
    let asked = 0;
    const origin = await serve((_message, response) => {
      asked++;
      response.writeHead(302, { Location: '/' }).end();
    });
    expect(await failureOf(send(request(origin)))).toBe('network');
    expect(asked).toBe(21);
  });

  test('goes through the proxy that the environment names', async () => {
    const seen: unknown[] = [];
    const proxy = await serve((message, response) => {
      seen.push(message.url);
      response.end('by proxy');
    });
    vi.stubEnv('HTTP_PROXY', proxy);
    vi.stubEnv('NO_PROXY', 'direct.invalid');
    const response = await createNodeClient({ rejectUnauthorized: true })(request('http://upstream.invalid/api'));
    expect(Buffer.from(response.body).toString()).toBe('by proxy');
    expect(seen).toEqual(['http://upstream.invalid/api']);
    expect(await failureOf(send(request('http://direct.invalid/')))).toBe('network');
  });

  test('failures are errors of one kind', async () => {
    await expect(send(request('http://127.0.0.1:1'))).rejects.toBeInstanceOf(UpstreamError);
  });
});
