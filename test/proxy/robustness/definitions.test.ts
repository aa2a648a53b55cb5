/** Hostile upstream documents: 11.3 #31 row by row, and bodies that are no document at all. A good flag always stays. */
import { describe, expect, it } from 'vitest';
import { swapDefinitions } from '../../support/definitions.ts';
import { fixture } from '../../support/golden.ts';
import { expectHealthy, healthyThroughout, key, namesOf, secrets, togglesOf, withProxy } from '../../support/proxy.ts';
import type { Server } from '../../support/server.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { answer, type Behaviour, normal, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';

const env = { UNLEASH_FETCH_INTERVAL: '100' };
const plain = { name: 'default', parameters: {}, constraints: [] };
const good = { name: 'good', enabled: true, strategies: [plain] };

type Json = Readonly<Record<string, unknown>>;

const constrained = (constraint: unknown): Json => ({ ...plain, constraints: [constraint] });
const region = { contextName: 'region', operator: 'IN' };

/** A strategy that ends the original at its first evaluation; it counts as false here. */
const brokenStrategies: Readonly<Record<string, unknown>> = {
  'a missing values list': constrained(region),
  'values: null': constrained({ ...region, values: null }),
  'values as text': constrained({ ...region, values: 'eu' }),
  'numeric values': constrained({ ...region, values: [1, 2] }),
  'objects as values': constrained({ ...region, values: [{ toString: 'x' }] }),
  'string operator without values': constrained({ contextName: 'region', operator: 'STR_CONTAINS' }),
  'CIDR without values': constrained({ contextName: 'remoteAddress', operator: 'IN_CIDR' }),
  'constraints as an object': { ...plain, constraints: { 0: region } },
  'constraints as text': { ...plain, constraints: 'region' },
  'constraints as a number': { ...plain, constraints: 5 },
  'flexibleRollout without parameters': { name: 'flexibleRollout' },
  'flexibleRollout with null parameters': { name: 'flexibleRollout', parameters: null },
  'userWithId without parameters': { name: 'userWithId' },
  'numeric userIds': { name: 'userWithId', parameters: { userIds: 5 } },
  'userIds as a list': { name: 'userWithId', parameters: { userIds: ['alice'] } },
  'numeric IPs': { name: 'remoteAddress', parameters: { IPs: 5 } },
  'numeric hostNames': { name: 'applicationHostname', parameters: { hostNames: 5 } },
  'gradualRolloutUserId without parameters': { name: 'gradualRolloutUserId' },
  'segments as text': { ...plain, segments: 'x' },
  'segments as an object': { ...plain, segments: { a: 1 } },
  'an unknown operator': constrained({ ...region, operator: 'FUTURE', values: ['eu'] }),
  'a null constraint': { ...plain, constraints: [null] },
  null: null,
  text: 'default',
  'a number': 5,
  'no name': { parameters: {} },
};

/** Members of a flag that are wrong; only that the process lives and other flags stay is asked. */
const brokenFlags: Readonly<Record<string, Json>> = {
  'null variants entries': { variants: [null] },
  'variants with text weights': {
    variants: [
      { name: 'a', weight: 'x' },
      { name: 'b', weight: 1 },
    ],
  },
  'variants without names': { variants: [{ weight: 1 }] },
  'overrides without values': { variants: [{ name: 'a', weight: 1, overrides: [{ contextName: 'userId' }] }] },
  'null overrides entries': { variants: [{ name: 'a', weight: 1, overrides: [null] }] },
  'overrides as text': { variants: [{ name: 'a', weight: 1, overrides: 'x' }] },
  'null dependencies': { dependencies: [null] },
  'dependencies as text': { dependencies: 'parent' },
  'dependencies without a name': { dependencies: [{}] },
  'a dependency on itself': { dependencies: [{ feature: 'odd' }] },
  'dependency variants as text': { dependencies: [{ feature: 'good', variants: 'x' }] },
  'strategies as an object': { strategies: { 0: plain } },
  'a nested prototype name': { strategies: [{ ...plain, parameters: { toString: 'x', __proto__: null } }] },
  'enabled as text': { enabled: 'yes' },
  'impressionData as an object': { impressionData: { toString: 'x' } },
  'strategy variants as text': { strategies: [{ ...plain, variants: 'x' }] },
  'null strategy variants': { strategies: [{ ...plain, variants: [null] }] },
};

const strangeFeatures: readonly unknown[] = [
  null,
  5,
  'x',
  [],
  {},
  { name: 5 },
  { name: null },
  { name: '' },
  { name: {} },
];
const ask = (server: Server, names: string[]) =>
  server.postJson('/proxy', { toggles: names, context: { userId: 'alice', sessionId: 's', region: 'eu' } }, key);

async function expectGood(server: Server): Promise<void> {
  for (const path of [
    '/proxy?userId=alice&sessionId=s&region=eu',
    '/proxy/all?sessionId=s',
    '/proxy?sessionId=s&tenant=x',
  ]) {
    expect(namesOf(await server.get(path, key))).toContain('good');
  }
  expect((await server.get('/proxy/client/features', { authorization: secrets.serverToken })).status).toBe(200);
  await expectHealthy(server);
}

describe.skipIf(noHalyard).each(halyards())('hostile definitions: %s', (subject) => {
  it('11.3 #31: a broken strategy counts as false; the flag’s other strategies and all other flags stay', async () => {
    await withProxy(subject, { env, definitions: { version: 2, features: [good] } }, async ({ server, upstream }) => {
      for (const [what, broken] of Object.entries(brokenStrategies)) {
        const alone = { name: 'alone', enabled: true, strategies: [broken] };
        const beside = { name: 'beside', enabled: true, strategies: [broken, plain], variants: [] };
        const child = { name: 'child', enabled: true, strategies: [plain], dependencies: [{ feature: 'alone' }] };
        await swap(upstream, server, { version: 2, features: [alone, beside, child, good], segments: [] });
        const states = togglesOf(await ask(server, ['alone', 'beside', 'child', 'good']));
        expect([what, ...states.map(({ enabled }) => enabled)]).toEqual([what, false, true, false, true]);
        await expectGood(server);
      }
    });
  });

  it('11.3 #31: other malformed members harm their own flag at most', async () => {
    await withProxy(subject, { env, definitions: { version: 2, features: [good] } }, async ({ server, upstream }) => {
      for (const [what, members] of Object.entries(brokenFlags)) {
        const odd = { name: 'odd', enabled: true, strategies: [plain], ...members };
        await swap(upstream, server, { version: 2, features: [odd, good, ...strangeFeatures] });
        const states = togglesOf(await ask(server, ['odd', 'good']));
        expect([what, states[1]?.enabled]).toEqual([what, true]);
        await expectGood(server);
      }
    });
  });

  it('11.3 #31: malformed segments are false where used, and are warned about once per update', async () => {
    const uses = (id: unknown) => ({ name: `uses-${id}`, enabled: true, strategies: [{ ...plain, segments: [id] }] });
    const segments: readonly unknown[] = [
      { id: 1, constraints: 'x' },
      { id: 2, constraints: [null] },
      { id: 3, constraints: [{ contextName: 'region', operator: 'IN' }] },
      null,
      'x',
      { constraints: [] },
      { id: 9, constraints: [] },
    ];
    const definitions = { version: 2, features: [good, uses(1), uses(2), uses(3), uses(4), uses(9)], segments };
    await withProxy(subject, { env, definitions }, async ({ server, upstream }) => {
      for (let i = 0; i < 5; i++) {
        expect(namesOf(await server.get('/proxy?sessionId=s&region=eu', key))).toEqual(['good', 'uses-9']);
      }
      const warnings = () =>
        server
          .stdout()
          .split('\n')
          .filter((line) => /^(WARN|ERROR):/.test(line)).length;
      const before = warnings();
      expect(before).toBeGreaterThan(0);
      await eventually('four more polls', () => upstream.of('features').length > 6);
      expect(warnings()).toBe(before);
    });
  });

  const notDocuments: Readonly<Record<string, Behaviour>> = Object.fromEntries(
    Object.entries({
      nothing: '',
      null: 'null',
      list: '[]',
      text: '"x"',
      number: '42',
      'empty object': '{}',
      'features: null': '{"version":2,"features":null}',
      'features: object': '{"version":2,"features":{}}',
      'features: text': '{"version":2,"features":"x"}',
      'events: text': '{"events":"x"}',
      html: '<html><body>Bad gateway</body></html>',
      'truncated JSON': '{"version":2,"features":[{"name":"ne',
      'invalid UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
      'NUL bytes': Buffer.alloc(1000),
      'deep nesting': `{"version":2,"features":${'['.repeat(200_000)}`,
    }).map(([what, body]) => [
      what,
      { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body },
    ]),
  );

  it('a body that is no document is refused whole; what is held stays, and polling goes on', async () => {
    await withProxy(subject, { env, definitions: { version: 2, features: [good] } }, async ({ server, upstream }) => {
      for (const [what, behaviour] of Object.entries(notDocuments)) {
        upstream.behave('features', behaviour);
        const before = upstream.of('features').length;
        await eventually(`two polls of ${what}`, () => upstream.of('features').length >= before + 2);
        await expectGood(server);
      }
      const errors = server
        .stdout()
        .split('\n')
        .filter((line) => /^(WARN|ERROR):/.test(line));
      expect(errors.length).toBeGreaterThanOrEqual(8);
      upstream.behave('features', normal);
      await swap(upstream, server, { version: 2, features: [good, { ...good, name: 'new' }] });
      expect(namesOf(await server.get('/proxy', key))).toEqual(['good', 'new']);
    });
  });

  it.each([
    ['garbage under gzip', { 'content-encoding': 'gzip' }, 'not gzip'],
    ['a false length', { 'content-length': '5000' }, '{"version":2,"features":[]}'],
  ] as const)('transport faults keep the old data: %s', async (_what, headers, body) => {
    await withProxy(subject, { env, definitions: { version: 2, features: [good] } }, async ({ server, upstream }) => {
      upstream.behave('features', answer(200, body, headers));
      const before = upstream.of('features').length;
      await eventually('a poll', () => upstream.of('features').length > before);
      await expectGood(server);
      upstream.behave('features', normal);
      await swap(upstream, server, { version: 2, features: [good, { ...good, name: 'new' }] });
    });
  });

  it.each([
    ['valid', JSON.stringify({ version: 2, features: [{ ...good, description: 'x'.repeat(50_000_000) }] })],
    ['garbage', 'x'.repeat(50_000_000)],
    ['a deep bomb', '['.repeat(50_000_000)],
  ])('a 50 MB answer (%s) blocks nobody', async (_what, body) => {
    await withProxy(subject, { env, definitions: { version: 2, features: [good] } }, async ({ server, upstream }) => {
      upstream.behave('features', answer(200, body), normal);
      const before = upstream.of('features').length;
      await healthyThroughout(server, () =>
        eventually('the polls', () => upstream.of('features').length >= before + 3),
      );
      await expectGood(server);
    });
  });

  it('a slow upstream delays nothing that is served', async () => {
    await withProxy(subject, { env, definitions: fixture('main') }, async ({ server, upstream }) => {
      upstream.behave('features', { kind: 'slow', totalMs: 2500 }, normal);
      upstream.setDefinitions({ version: 2, features: [good] });
      await healthyThroughout(server, () =>
        eventually('the new data', async () => namesOf(await server.get('/proxy', key)).join() === 'good'),
      );
    });
  });
});

/** Like swapDefinitions, whose marker flag comes last and is off. */
const swap = (upstream: Upstream, server: Server, document: Json) =>
  swapDefinitions(upstream, [server], document, secrets.serverToken);
