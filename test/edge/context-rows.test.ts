/** Section 8.1 and 8.2, row by row, over the API: which context a request makes, seen by what a constraint finds. */
import { describe, expect, test } from 'vitest';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client';
const frontend = '*:development.frontend';

/** A flag that is on where a field has a value. */
const when = (name: string, contextName: string, value: string) =>
  flag(name, 'default', {
    strategies: [
      {
        name: 'default',
        parameters: {},
        constraints: [{ contextName, operator: 'IN', values: [value], inverted: false }],
      },
    ],
  });

async function on(flags: readonly object[], url: string, body?: unknown): Promise<string[] | number> {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: flags });
  const edge = await edgeInMemory(['--strict', '--tokens', client, '--pretrusted-tokens', frontend], upstream);
  await edge.start();
  const reply = await edge.call(url, { token: frontend, ...(body === undefined ? {} : { body }) });
  if (reply.status !== 200) return reply.status;
  return (reply.json() as { toggles: { name: string }[] }).toggles.map(({ name }) => name);
}

const x = (value: string) => when(`x=${value}`, 'x', value);

describe.each(['/api/frontend', '/api/proxy'])('contexts below %s', (root) => {
  test.each<readonly [rule: string, flags: readonly object[], query: string, names: readonly string[]]>([
    ['known keys', [when('user', 'userId', '7'), when('app', 'appName', 'a')], 'userId=7&appName=a', ['app', 'user']],
    ['unknown top-level keys are properties', [x('1')], 'x=1', ['x=1']],
    ['nested properties', [x('1')], 'properties[x]=1', ['x=1']],
    ['encoded brackets', [x('1')], 'properties%5Bx%5D=1', ['x=1']],
    ['a top-level leftover overrides the nested one', [x('1'), x('2')], 'x=1&properties[x]=2', ['x=1']],
    ['a text for properties is passed over', [x('1')], 'properties=foo&x=1', ['x=1']],
    ['a known field among properties is promoted', [when('user', 'userId', '7')], 'properties[userId]=7', ['user']],
    ['plus and percent', [x('a b'), when('y', 'y', 'a b')], 'x=a+b&y=a%20b', ['x=a b', 'y']],
    [
      'the environment of the client counts, not the token’s',
      [when('e', 'environment', 'mine')],
      'environment=mine',
      ['e'],
    ],
    ['appName has no default', [when('app', 'appName', 'unleash-edge')], '', []],
  ])('GET: %s', async (_, flags, query, names) => {
    expect(await on(flags, `${root}?${query}`)).toEqual(names);
    // The depth of brackets is the same there, which it once was not.
    const all = await on(flags, `${root}/all?${query}`);
    expect(all).toHaveLength(flags.length);
  });

  test.each<readonly [rule: string, flags: readonly object[], body: unknown, names: readonly string[] | number]>([
    [
      'fields and properties',
      [x('1'), when('user', 'userId', '7')],
      { userId: '7', properties: { x: '1' } },
      ['user', 'x=1'],
    ],
    ['leftovers are properties', [when('foo', 'foo', 'bar')], { foo: 'bar' }, ['foo']],
    ['a wrapper', [x('1')], { context: { properties: { x: '1' } } }, ['x=1']],
    [
      'root keys beside a wrapper are passed over',
      [x('1'), when('y', 'y', '2')],
      { context: { x: '1' }, y: '2' },
      ['x=1'],
    ],
    ['a wrapper that is no object', [x('1')], { context: 7 }, 400],
    [
      'numbers and booleans become texts',
      [x('7'), when('y', 'y', 'true'), when('user', 'userId', '7'), when('z', 'z', '7')],
      { userId: 7, properties: { x: 7, y: true }, z: 7 },
      // Other members beside `properties` count only where they are texts.
      ['user', 'x=7', 'y'],
    ],
    ['null, objects and lists are dropped', [x('[object Object]')], { x: { a: 1 }, y: [1], z: null, userId: null }, []],
    ['nothing at all', [flag('plain')], {}, ['plain']],
    ['an empty body', [flag('plain')], '', 400],
    ['a list', [flag('plain')], [], 400],
  ])('POST: %s', async (_, flags, body, names) => {
    expect(await on(flags, root, body)).toEqual(names);
    if (Array.isArray(names)) expect(await on(flags, `${root}/all`, body)).toHaveLength(flags.length);
  });

  test('POST never reads the query', async () => {
    expect(await on([x('1')], `${root}?x=1`, {})).toEqual([]);
  });

  test('currentTime decides, and is the clock where it is missing', async () => {
    const later = (name: string, value: string) =>
      flag(name, 'default', {
        strategies: [
          {
            name: 'default',
            parameters: {},
            constraints: [{ contextName: 'currentTime', operator: 'DATE_AFTER', value, values: [] }],
          },
        ],
      });
    const flags = [later('past', '2020-01-01T00:00:00Z'), later('future', '2999-01-01T00:00:00Z')];
    expect(await on(flags, root)).toEqual(['past']);
    expect(await on(flags, `${root}?currentTime=3000-01-01T00:00:00Z`)).toEqual(['future', 'past']);
    expect(await on(flags, root, { currentTime: '2000-01-01T00:00:00Z' })).toEqual([]);
  });
});
