import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBracketQuery } from './bracket-query.ts';
import { readPlainQuery, readQueryContext } from './query-context.ts';
import { ContextError, readContext } from './read-context.ts';

describe('readPlainQuery', () => {
  test.each([
    'context=x',
    'properties=x',
    'a[b]=c',
    'userId=1&userId=2',
    'x=%',
    'properties[userId]=7',
    'properties[0]=x',
  ])('leaves %s to the general parser', (query) => expect(readPlainQuery(query)).toBeUndefined());

  const name = fc.oneof(
    fc.constantFrom(
      'userId',
      'sessionId',
      'environment',
      'appName',
      'remoteAddress',
      'currentTime',
      'region',
      'toString',
    ),
    fc.constantFrom('properties[a]', 'properties%5Bb%5D', 'properties', 'a.b', '__proto__', 'properties[userId]'),
    fc.string({ maxLength: 5 }),
  );
  const value = fc.oneof(fc.constantFrom('', '0', '2020-01-01', 'a+b', '%41%', '=', '[]'), fc.string({ maxLength: 6 }));
  const query = fc
    .array(fc.tuple(name, value), { maxLength: 6 })
    .map((parts) => parts.map(([left, right]) => `${left}=${right}`).join('&'))
    .filter((text) => !text.includes('#'));

  test('gives what the general parser gives', () => {
    fc.assert(
      fc.property(query, (text) => {
        const quick = readPlainQuery(text);
        if (quick !== undefined) expect(quick).toEqual(readContext(parseBracketQuery(text)));
      }),
      { numRuns: 5_000 },
    );
  });

  test('nothing that a client sends makes reading fail in an unknown way', () => {
    fc.assert(
      fc.property(query, (text) => {
        try {
          readQueryContext(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ContextError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
