/** What a runtime hands over is kept in parts, without a copy: it may not be written over for as long as somebody has it. */
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { onAllHosts } from '../support/http-hosts.ts';
import { eventually } from '../support/wait.ts';
import { startReceivedServer } from './received-server.ts';

const script = new URL('./received-server.ts', import.meta.url);

/** From a few bytes, of which many come in one piece, to several pieces. */
const sizes = [1, 30, 700, 5_000, 40_000, 70_000, 300_000];
const each = 8;

it.each(onAllHosts(script, startReceivedServer))(
  'bodies are what they were, whatever came later: %s',
  async (_, start) => {
    const server = await start();
    const ask = async (path: string, body: string | undefined = undefined) =>
      (
        await fetch(`http://127.0.0.1:${server.port}${path}`, body === undefined ? {} : { method: 'POST', body })
      ).text();
    try {
      const clients = sizes.flatMap((size) =>
        Array.from({ length: each }, (_client, i) => {
          const body = String.fromCharCode(97 + i).repeat(size);
          const client = { socket: connect(server.port, '127.0.0.1'), body, text: '' };
          client.socket.setEncoding('latin1').on('data', (part: string) => {
            client.text += part;
          });
          client.socket.on('error', () => undefined);
          client.socket.write(`POST /kept HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${body}`);
          return client;
        }),
      );
      await eventually('all bodies', async () => (await ask('/')) === String(clients.length));
      for (let round = 0; round < 5; round++) {
        await Promise.all(sizes.flatMap((size) => [ask('/', 'z'.repeat(size)), ask(`/?${'y'.repeat(size / 10)}`)]));
      }
      expect(await ask('/release')).toBe(String(clients.length));
      for (const client of clients) {
        const { socket, body } = client;
        const received = () => client.text.split('\r\n\r\n')[1] ?? '';
        await eventually('the whole reply', () => received().length === body.length);
        expect(received() === body).toBe(true);
        socket.destroy();
      }
    } finally {
      await server.stop();
    }
  },
);
