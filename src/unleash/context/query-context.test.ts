import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toEvaluationContext } from './evaluation-context.ts';
import { parseQuery, readQueryContext } from './query-context.ts';
import { sortContext } from './raw-context.ts';

const defaults = { appName: 'unleash-proxy', environment: undefined };
const longWay = (query: string) => toEvaluationContext(sortContext(parseQuery(query), undefined), defaults);

describe('readQueryContext', () => {
  test('reads what a browser SDK sends', () => {
    const query = 'sessionId=s&appName=web&environment=dev&userId=a%20b&properties%5Bplan%5D=pro&region=eu';
    expect(readQueryContext(query, defaults)).toEqual({
      appName: 'web',
      environment: 'dev',
      userId: 'a b',
      sessionId: 's',
      remoteAddress: undefined,
      currentTime: undefined,
      properties: { plan: 'pro', region: 'eu' },
    });
  });

  test.each([
    'userId=a&userId=b',
    'userId=&userId=b',
    'a[b]=c',
    'properties=x',
    'properties[]=x',
    'properties[0]=x',
    'properties[a][b]=x',
    'properties[a]=1&properties[a]=2',
    'x=1&x=2',
    '__proto__=x',
    'properties[__proto__]=x',
    'x=%',
    '%=x',
    'a]=1',
    'a=b]=c',
    '=x',
    'currentTime=2020&currentTime=2021',
    'a=1&'.repeat(1001),
  ])('leaves %s to the long way', (query) => {
    expect(readQueryContext(query, defaults)).toBeUndefined();
  });

  const name = fc.oneof(
    fc.constantFrom('userId', 'sessionId', 'appName', 'environment', 'remoteAddress', 'currentTime', 'region'),
    fc.constantFrom('toString', 'constructor', 'hasOwnProperty', 'properties[a]', 'properties%5Bb%5D', 'a.b', ';x'),
    fc.string({ maxLength: 6 }),
  );
  const value = fc.oneof(
    fc.constantFrom('', '0', '2020-01-01', 'a+b', '%41%', 'a%5D', '='),
    fc.string({ maxLength: 8 }),
  );
  const query = fc
    .array(fc.tuple(name, value, fc.constantFrom('=', '')), { maxLength: 8 })
    .map((parts) => parts.map(([left, right, sign]) => (sign ? `${left}=${right}` : left)).join('&'))
    .filter((text) => !text.includes('#'));

  test('gives what the long way gives', () => {
    fc.assert(
      fc.property(query, (text) => {
        const quick = readQueryContext(text, defaults);
        if (quick !== undefined) expect(quick).toEqual(longWay(text));
      }),
      { numRuns: 5000 },
    );
  });
});
