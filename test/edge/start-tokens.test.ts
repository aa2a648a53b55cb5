/** Start-up tokens that are valid and cannot fetch: nothing else would say why an Edge never gets ready. */
import { expect, test } from 'vitest';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const token = '*:development.some-secret';
const seen = '*:development.[redacted]';

test.each([
  ['frontend', 'its kind is frontend'],
  ['admin', 'its kind is admin'],
  [null, 'upstream does not say what kind it is'],
])('a start-up token of type %s is named, with its kind and without its secret', async (type, words) => {
  const upstream = scriptedUpstream();
  upstream.tokens.set(token, { type, environment: 'development', projects: ['*'] });
  const edge = await edgeInMemory(['--tokens', token, '--strict'], upstream);
  await edge.start();
  const told = edge.lines.filter((line) => line.includes('HALYARD-1014'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(`Start-up token ${seen} fetches nothing: ${words}, not a client (backend) token`);
  expect(edge.lines.join('')).not.toContain('some-secret');
});

test.each(['client', 'backend'])('a %s token is what is wanted', async (type) => {
  const upstream = scriptedUpstream();
  upstream.tokens.set(token, { type, environment: 'development', projects: ['*'] });
  upstream.features.set(token, { version: 2, features: [flag('a')] });
  const edge = await edgeInMemory(['--tokens', token, '--strict'], upstream);
  await edge.start();
  expect(edge.lines.filter((line) => line.includes('HALYARD-1014'))).toEqual([]);
  expect((await edge.call('/api/client/features', { token })).status).toBe(200);
});
