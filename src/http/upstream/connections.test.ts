/** How long connections to upstream may take and are kept. */
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/wait.ts';
import { createNodeClient } from './node-client.ts';
import type { UpstreamRequest } from './types.ts';

const opened: Server[] = [];
afterEach(() => {
  for (const server of opened.splice(0)) server.close();
});

async function listening<Kind extends Server>(server: Kind): Promise<number> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const request = (url: string): UpstreamRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 20_000,
  limitBytes: 1_000,
});

/** An HTTP server that tells how many connections it saw, and how many are open. */
async function counting() {
  const seen = { connections: 0, open: 0, wishes: [] as (string | undefined)[] };
  const server = createServer((asked, reply) => {
    seen.wishes.push(asked.headers.connection);
    reply.end('ok');
  });
  server.on('connection', (socket) => {
    seen.connections++;
    seen.open++;
    socket.on('close', () => seen.open--);
  });
  return { seen, url: `http://127.0.0.1:${await listening(server)}/` };
}

describe('createNodeClient', () => {
  it('gives up on a handshake that does not end, long before the exchange would be over', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined));
    const send = createNodeClient({ rejectUnauthorized: true, connectTimeoutMs: 100 });
    const error = await send(request(`https://127.0.0.1:${await listening(silent)}/`)).catch((caught) => caught);
    expect(error).toMatchObject({ failure: 'network', code: 'ETIMEDOUT' });
    expect(error.message).toMatch(/^no connection to https:\/\/127\.0\.0\.1:\d+\/ in time$/);
  });

  it('does not count the answer as connecting', async () => {
    const slow = createServer((_, reply) => void setTimeout(() => reply.end('late'), 3_300));
    const send = createNodeClient({ rejectUnauthorized: true, connectTimeoutMs: 3_000 });
    const { status, body } = await send(request(`http://127.0.0.1:${await listening(slow)}/`));
    expect([status, Buffer.from(body).toString()]).toEqual([200, 'late']);
  });

  it('uses a connection again, and lets an idle one go after its time', async () => {
    const { seen, url } = await counting();
    const send = createNodeClient({ rejectUnauthorized: true, keepAliveMs: 5_000 });
    await send(request(url));
    await send(request(url));
    expect(seen.connections).toBe(1);
    await eventually('the end of the idle connection', () => seen.open === 0);
    expect((await send(request(url))).status).toBe(200);
    expect(seen.connections).toBe(2);
  });

  it('keeps none when told so', async () => {
    const { seen, url } = await counting();
    const send = createNodeClient({ rejectUnauthorized: true, keepAliveMs: 0 });
    await send(request(url));
    await send(request(url));
    expect(seen).toMatchObject({ connections: 2, wishes: ['close', 'close'] });
  });
});
