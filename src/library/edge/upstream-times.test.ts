import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createNodeClient } from '../../http/upstream/node-client.ts';
import { upstreamLimitMs } from './upstream-times.ts';

it('0 sets no limit, and long times do not run out at once', async () => {
  expect([upstreamLimitMs(5), upstreamLimitMs(0)]).toEqual([5_000, 2 ** 31 - 1]);
  expect(upstreamLimitMs(10_000_000)).toBe(2 ** 31 - 1);
  const server = createServer((_, response) => void setTimeout(() => response.end('late'), 50)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const send = createNodeClient({ rejectUnauthorized: true, connectTimeoutMs: upstreamLimitMs(0) });
  for (const seconds of [0, 10_000_000]) {
    const request = { method: 'GET', url, headers: {}, timeoutMs: upstreamLimitMs(seconds), limitBytes: 100 } as const;
    expect(Buffer.from((await send(request)).body).toString()).toBe('late');
  }
  server.close();
});
