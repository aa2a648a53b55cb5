/** Clients that take their time for what the system has for them: connections that end meanwhile lose nothing of it. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onAllHosts, ownHostNames, type StartedServer, startOnHost } from '../support/http-hosts.ts';
import { eventually } from '../support/wait.ts';
import { longBody, startSlowReadersServer } from './slow-readers-server.ts';

const script = new URL('./slow-readers-server.ts', import.meta.url);
/** What systems take whole though nobody reads, and what they do not. */
const fits = 2_000_000;
const tooLong = 20_000_000;

const openTo = ({ port }: StartedServer, text: string) => {
  // Nothing is read before somebody listens to it.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = { socket, chunks: [] as Buffer[], isEnded: false, isClosed: false };
  socket.on('error', () => undefined);
  socket.on('end', () => {
    client.isEnded = true;
  });
  socket.on('close', () => {
    client.isClosed = true;
  });
  socket.write(text);
  return {
    ...client,
    read: () => socket.on('data', (chunk) => client.chunks.push(chunk)),
    isEnded: () => client.isEnded || client.isClosed,
    isClosed: () => client.isClosed,
    body() {
      const bytes = Buffer.concat(client.chunks);
      const head = bytes.indexOf('\r\n\r\n');
      return head < 0 ? bytes.subarray(0, 0) : bytes.subarray(head + 4);
    },
  };
};

const request = (target: string, ...fields: string[]) =>
  `GET ${target} HTTP/1.1\r\n${['Host: localhost', ...fields].join('\r\n')}\r\n\r\n`;
const last = 'Connection: close';

const ask = async (server: StartedServer, path: string) =>
  (await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { connection: 'close' } })).text();

/** Asks for so much, without reading any of it. Resolves when it was answered. */
async function askedFor(server: StartedServer, bytes: number, ...fields: string[]) {
  const before = Number(await ask(server, '/'));
  const client = openTo(server, request(`/long?bytes=${bytes}`, ...fields));
  await eventually('the answer', async () => Number(await ask(server, '/')) > before);
  return client;
}

async function expectWhole(client: ReturnType<typeof openTo>, bytes: number) {
  client.read();
  await eventually('the end', () => client.body().length >= bytes || client.isEnded());
  expect(client.body().length).toBe(bytes);
  expect(client.body().equals(longBody(bytes))).toBe(true);
}

describe.each(onAllHosts(script, startSlowReadersServer))('clients that read slowly on %s', (_, start) => {
  let server: StartedServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  /** A connection that ends as another one does, only a little later. */
  const companion = async (...fields: string[]) => {
    const client = openTo(server, request('/', ...fields));
    client.read();
    await eventually('an answer', () => client.body().length > 0);
    return client;
  };

  it('have the whole reply when their connection is idle for too long meanwhile', async () => {
    const client = await askedFor(server, fits);
    const later = await companion();
    await eventually('the end of an idle connection', later.isEnded);
    later.socket.destroy();
    await expectWhole(client, fits);
    client.socket.destroy();
  });

  it.each([
    ['that fits', fits, false],
    ['that does not fit', tooLong, false],
    ['that fits, and say that this was all', fits, true],
    ['that does not fit, and say that this was all', tooLong, true],
  ])('have the whole reply behind the end of the connection: one %s', async (_name, bytes, isHalfClosed) => {
    const client = await askedFor(server, bytes, last);
    if (isHalfClosed) client.socket.end();
    const later = await companion(last);
    await eventually('the end', later.isEnded);
    // Who does not close gets no answer but that nobody is there.
    await eventually('that the server has closed', () => {
      later.socket.write('x');
      return later.isClosed();
    });
    await expectWhole(client, bytes);
    client.socket.destroy();
  });
});

it.each(ownHostNames)('a server that closes waits for a slow client, and no longer: %s', async (name) => {
  const server = await startOnHost(name, script, startSlowReadersServer, '0');
  try {
    const client = await askedFor(server, tooLong);
    await ask(server, '/close');
    await expectWhole(client, tooLong);
    await eventually('the end of the connection', client.isEnded);
    client.socket.destroy();
  } finally {
    await server.stop();
  }
});
