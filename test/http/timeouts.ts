/** How long clients may take: to send a head, to use a connection again. Answers may take their time. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onAllHosts, type StartedServer } from '../support/http-hosts.ts';
import { eventually } from '../support/wait.ts';
import { startTimeoutsServer } from './timeouts-server.ts';

const script = new URL('./timeouts-server.ts', import.meta.url);
describe.concurrent.each(onAllHosts(script, startTimeoutsServer))('connections on %s', (_, start) => {
  let server: StartedServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  const open = (text: string, port = server.port) => {
    const socket = connect(port, '127.0.0.1');
    const client = { socket, text: '', closed: false };
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
  const closed = (client: { closed: boolean }, limitMs = 60_000) => eventually('the end', () => client.closed, limitMs);

  it.concurrent('end when nothing is asked any more, after the answer', async () => {
    const client = open('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(client);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
  });

  it.concurrent('end when a head does not come to its end', async () => {
    const client = open('GET / HTTP/1.1\r\nHost:');
    await closed(client);
    expect(client.text).not.toContain('200');
  });

  it.concurrent('stay open while an answer is made, however long that takes, and end afterwards', async () => {
    const client = open('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed(client);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
  });

  // All hosts give a body a minute.
  it.concurrent.each(['soon', 'never'])('end when a body does not come, where idle ones end %s', async (when) => {
    const patient = Number(await (await fetch(`http://127.0.0.1:${server.port}/patient-port`)).text());
    const port = when === 'never' ? patient : server.port;
    const head = 'POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n';
    const [stalled, dripping] = [open(`${head}some`, port), open(head, port)];
    const drip = setInterval(() => dripping.socket.write('x'), 2_000);
    try {
      await closed(stalled, 150_000);
      await closed(dripping);
    } finally {
      clearInterval(drip);
    }
    for (const { text } of [stalled, dripping]) expect(text).not.toContain('200');
  });
});
