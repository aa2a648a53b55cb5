/** What an enricher gets as its second argument: the request as people know it from the runtime, whoever serves HTTP. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { key, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard, runsOnBun } from '../../support/subjects.ts';

/** Says what it sees by failing. */
const enricher = `module.exports = [(context, request) => {
  const { method, url, headers, httpVersion, socket } = request;
  const plan = typeof headers.get === 'function' ? headers.get('x-plan') : headers['x-plan'];
  throw new Error('seen ' + JSON.stringify({ kind: request.constructor.name, method, url, plan, httpVersion, address: socket && socket.remoteAddress }) + ' end');
}];`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-native-'));
  await writeFile(join(folder, 'enricher.cjs'), enricher);
});
afterAll(() => rm(folder, { recursive: true }));

const choices = halyards().flatMap((subject) => ['own', 'runtime'].map((http) => ({ subject, http })));

describe.skipIf(noHalyard)('the request of enrichers', () => {
  it.each(choices)('$subject, HALYARD_HTTP=$http', async ({ subject, http }) => {
    const env = { EXP_CUSTOM_ENRICHERS_FILE: join(folder, 'enricher.cjs'), HALYARD_HTTP: http };
    await withProxy(subject, { env }, async ({ server }) => {
      const path = '/proxy?userId=a%20b&sessionId=s';
      const seenBy = async (answer: Promise<{ readonly text: string }>): Promise<unknown> => {
        const { text } = await answer;
        const message = JSON.stringify(JSON.parse(text)).replaceAll('\\"', '"');
        return JSON.parse(/seen (\{.*\}) end/.exec(message)?.[1] ?? text);
      };
      const expected = runsOnBun(subject)
        ? { kind: 'Request', url: `http://localhost:${server.port}${path}` }
        : { kind: 'IncomingMessage', url: path, httpVersion: '1.1', address: expect.stringMatching(/127\.0\.0\.1$/) };
      const headers = { ...key, host: `localhost:${server.port}`, 'x-plan': 'pro' };
      expect(await seenBy(server.get(path, headers))).toEqual({ ...expected, method: 'GET', plan: 'pro' });
      expect(await seenBy(server.postJson(path, { context: {} }, headers))).toEqual({
        ...expected,
        method: 'POST',
        plan: 'pro',
      });
    });
  });
});
