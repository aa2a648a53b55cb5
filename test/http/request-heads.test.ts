/** Heads of requests as browsers with many cookies and SDKs with long contexts send them: Unleash Edge takes 128 KiB. */
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
