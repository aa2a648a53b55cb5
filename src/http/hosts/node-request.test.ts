import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HttpHandler } from '../types.ts';
import { listenOnNode } from './node.ts';
import type { Listening } from './types.ts';

/** Tells the body, and whether it was there when the handler was asked. */
const handler: HttpHandler = (request) => {
  const arrived = request.arrivedBody?.(20);
  const say = (how: string, body: Uint8Array) => ({ status: 200, headers: {}, body: `<${how} ${Buffer.from(body)}>` });
  if (arrived !== undefined)
    return request.readBody(20).then((again) => say(arrived === again ? 'now' : 'twice', again));
  return request.readBody(20).then(
    (body) => say('later', body),
    (error: Error) => say(error.name, new Uint8Array()),
  );
};

let server: Listening;
beforeAll(async () => {
  server = await listenOnNode(handler, { port: 0, host: '127.0.0.1' });
});
afterAll(() => server.close(0));

const head = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

async function open(): Promise<{ socket: Socket; answers: (count: number) => Promise<string[]> }> {
  const socket = connect(server.port ?? 0, '127.0.0.1');
  socket.setNoDelay(true);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(socket, 'connect');
  const answers = async (count: number) => {
    for (;;) {
      const found = [...text.matchAll(/<([^>]*)>/g)].map(([, answer]) => answer ?? '');
      if (found.length >= count) return found;
      await once(socket, 'data');
    }
  };
  return { socket, answers };
}

test('a body that comes with its head is there at once, and can be asked for again', async () => {
  const { socket, answers } = await open();
  socket.write(`${head(5)}first`);
  expect(await answers(1)).toEqual(['now first']);
  socket.write(`${head(6)}second`);
  expect(await answers(2)).toEqual(['now first', 'now second']);
  socket.destroy();
});

test('bodies that come later, in pieces, or of which nobody says how long they are, are waited for', async () => {
  const { socket, answers } = await open();
  socket.write(head(5));
  // The head is with the handler when the reply to another connection's request, sent after it, is there.
  const other = await open();
  other.socket.write(`${head(1)}x`);
  await other.answers(1);
  socket.write('fi');
  socket.write('rst');
  expect(await answers(1)).toEqual(['later first']);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
  expect((await answers(2))[1]).toBe('later abcde');
  socket.write(head(0));
  expect((await answers(3))[2]).toBe('later ');
  socket.destroy();
  other.socket.destroy();
});

test('a body past the limit is not handed over, and requests behind one another are answered in turn', async () => {
  const { socket, answers } = await open();
  socket.write(`${head(21)}${'x'.repeat(21)}${head(1)}a${head(1)}b`);
  expect(await answers(3)).toEqual(['BodyTooLargeError ', 'now a', 'now b']);
  socket.destroy();
});
