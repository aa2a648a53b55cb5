/** How long clients may take: to send a head, to use a connection again. Answers may take their time. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnNode } from '../../src/http/hosts/node.ts';
import { startOnBun } from '../support/bun-server.ts';
import { eventually } from '../support/wait.ts';
import { startTimeoutsServer } from './timeouts-server.ts';

const hosts: Record<string, () => Promise<{ readonly port: number; stop(): Promise<unknown> }>> = {
  async Node() {
    const listening = await startTimeoutsServer(listenOnNode);
    return { port: listening.port as number, stop: () => listening.close(0) };
  },
  Bun: () => startOnBun(new URL('./timeouts-server.ts', import.meta.url)),
};

describe.each(Object.entries(hosts))('connections on %s', (_, start) => {
  let server: Awaited<ReturnType<(typeof hosts)[string]>>;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  const open = (text: string) => {
    const socket = connect(server.port, '127.0.0.1');
    const client = { text: '', closed: false };
    socket.on('data', (chunk) => {
      client.text += chunk.toString('latin1');
    });
    socket.on('close', () => {
      client.closed = true;
    });
    socket.on('error', () => undefined);
    socket.write(text);
    return client;
  };
  const closed = (client: { closed: boolean }) => eventually('the end', () => client.closed, 30_000);

  it.concurrent('end when nothing is asked any more, after the answer', async () => {
    const client = open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(client);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
  }, 40_000);

  it.concurrent('end when a head does not come to its end', async () => {
    const client = open('GET / HTTP/1.1\r\nHost:');
    await closed(client);
    expect(client.text).not.toContain('200');
  }, 40_000);

  it.concurrent('stay open while an answer is made, however long that takes, and end afterwards', async () => {
    const client = open('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(client);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
  }, 40_000);
});
