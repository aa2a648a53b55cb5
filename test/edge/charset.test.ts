/** Bodies are UTF-8, whatever charset their type names, as in Unleash Edge: some HTTP clients name their own for any text. */
import { expect, test } from 'vitest';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client';
const frontend = '*:development.frontend';
const onlyFor = (userId: string) => ({
  ...flag('umlauts'),
  strategies: [{ name: 'userWithId', parameters: { userIds: userId }, constraints: [] }],
});

test.each(['ISO-8859-1', 'us-ascii', 'utf-16', 'UTF-8', 'none-such'])('charset=%s', async (charset) => {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [onlyFor('Jürgen')] });
  const edge = await edgeInMemory(['--tokens', client, '--strict'], upstream);
  await edge.start();
  const headers = { 'content-type': `application/json; charset=${charset}` };
  const asked = await edge.call('/api/frontend', { token: frontend, headers, body: { userId: 'Jürgen' } });
  expect(asked).toMatchObject({ status: 200, text: expect.stringContaining('"name":"umlauts","enabled":true') });
  const bucket = { start: '2026-11-22T07:00:00Z', stop: '2026-11-22T07:01:00Z', toggles: {} };
  const reported = await edge.call('/api/client/metrics', { token: client, headers, body: { appName: 'a', bucket } });
  expect(reported).toMatchObject({ status: 202, text: '' });
});
