/** Heads of requests as browsers with many cookies and SDKs with long contexts send them: Unleash Edge takes 128 KiB. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';

const authorization = 'demo-client-key-not-for-production';
const long = 'a'.repeat(60_000);

test.each(halyards().flatMap((subject) => ['1', '2'].map((workers) => ({ subject, workers }))))(
  '$subject, workers: $workers: long heads and addresses are answered',
  async ({ subject, workers }) => {
    const server = await startServer(subject, { args: ['demo'], env: { WORKERS: workers } });
    try {
      const toggles = expect.stringMatching(/^\{"toggles":\[\{"name":"dark-mode","enabled":true,/);
      const withCookies = await server.get('/proxy?userId=alice', { authorization, cookie: `${long}${long}` });
      expect(withCookies).toMatchObject({ status: 200, text: toggles });
      const withContext = await server.get(`/proxy?userId=alice&note=${long}`, { authorization });
      expect(withContext).toMatchObject({ status: 200, text: toggles });
    } finally {
      await server.stop();
    }
  },
);

test.each(halyards())('%s: an address in UTF-8 means the same as one in percent-encoding', async (subject) => {
  const server = await startServer(subject, { args: ['demo'] });
  const ask = (userId: string) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(server.port, '127.0.0.1');
      socket.on('data', (part) => {
        answer += part.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () =>
        resolve(/"checkout-redesign".*?"name":"([\w-]+)"/.exec(answer)?.[1] ?? answer.slice(0, 15)),
      );
      const head = `Host: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
      socket.write(`GET /proxy?userId=${userId} HTTP/1.1\r\n${head}`);
    });
  try {
    // Users of whom some get another variant than the first, or none.
    const users = ['\u00e9', '\u65e5\u672c', 'J\u00fcrgen', '\u0416', '\u00f1', '\u00df'];
    const encoded = await Promise.all(users.map((user) => ask(encodeURIComponent(user))));
    expect(encoded).toEqual(expect.arrayContaining(['one-page', 'express']));
    expect(await Promise.all(users.map(ask))).toEqual(encoded);
  } finally {
    await server.stop();
  }
});
