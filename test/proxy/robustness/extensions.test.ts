/** Extension code that goes wrong is contained: 9.2 #3, 11.3 #30; the registration lists it: 9.2 #19. */
import { describe, expect, it } from 'vitest';
import { expectHealthy, healthyThroughout, key, namesOf, togglesOf, whoops, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { eventually } from '../../support/wait.ts';
import { fixtureFile } from '../golden/start.ts';

const flag = (name: string, ...strategies: string[]) => ({
  name,
  enabled: true,
  strategies: strategies.map((strategy) => ({ name: strategy, parameters: { want: 'alice' }, constraints: [] })),
  variants: [],
});

const kinds = [
  'throws',
  'throwsNothing',
  'rejects',
  'rejectsNothing',
  'hostileValue',
  'mutates',
  'fine',
  'plainObject',
];
const definitions = {
  version: 2,
  features: [
    ...kinds.map((kind) => flag(`by-${kind}`, kind)),
    flag('throws-then-fine', 'throws', 'fine'),
    flag('plain', 'default'),
  ],
};
const strategies = { UNLEASH_CUSTOM_STRATEGIES_FILE: fixtureFile('strategies-hostile.cjs') };
const enrichers = { EXP_CUSTOM_ENRICHERS_FILE: fixtureFile('enrichers-hostile.cjs') };

describe.skipIf(noHalyard).each(halyards())('hostile extensions: %s', (subject) => {
  it('9.2 #3: a throwing strategy counts as false for its toggle only, and is logged once', async () => {
    await withProxy(subject, { definitions, env: strategies }, async ({ server }) => {
      for (let i = 0; i < 5; i++) {
        const names = namesOf(await server.get('/proxy?userId=alice&sessionId=s', key));
        expect(names).toEqual(expect.arrayContaining(['by-fine', 'by-plainObject', 'throws-then-fine', 'plain']));
        for (const name of ['by-throws', 'by-throwsNothing']) expect(names).not.toContain(name);
      }
      const asked = { toggles: ['by-throws', 'by-fine', 'throws-then-fine'], context: { userId: 'alice' } };
      const named = togglesOf(await server.postJson('/proxy', asked, key));
      expect(named.map(({ enabled }) => enabled)).toEqual([false, true, true]);
      expect(namesOf(await server.get('/proxy?userId=bob&sessionId=s', key))).not.toContain('by-fine');
      await expectHealthy(server);
      const mentions = server.stdout().split('strategy exploded').length - 1;
      expect(mentions, 'said, but not once per request').toBeGreaterThanOrEqual(1);
      expect(mentions).toBeLessThanOrEqual(4);
    });
  });

  it('11.3 #30: promises that reject, with or without a reason, end nothing', async () => {
    await withProxy(subject, { definitions, env: strategies }, async ({ server }) => {
      for (let i = 0; i < 3; i++) {
        expect(namesOf(await server.get('/proxy/all?userId=alice&sessionId=s', key))).toContain('by-rejects');
        await expectHealthy(server);
      }
    });
  });

  it.each(['throws', 'rejects'])('9.2 #3: an enricher that %s answers 500 with its message', async (kind) => {
    const message = { throws: 'enricher exploded', rejects: 'enricher rejected' }[kind];
    await withProxy(subject, { env: enrichers }, async ({ server }) => {
      for (const got of [
        await server.get(`/proxy?userId=${kind}&sessionId=s`, key),
        await server.postJson('/proxy', { context: { userId: kind } }, key),
        await server.postJson('/proxy/all', { toggles: ['always-on'], context: { userId: kind } }, key),
      ]) {
        expect([got.status, got.text]).toEqual([500, whoops(String(message))]);
        expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
      }
      expect(namesOf(await server.get('/proxy?userId=fine&sessionId=s', key))).toContain('always-on');
    });
  });

  it.each(['nothing', 'nil', 'throwsText', 'throwsNothing', 'rejectsNothing'])(
    '9.2 #3, 11.3 #30: an enricher that gives no context (%s) answers 500',
    async (kind) => {
      await withProxy(subject, { env: enrichers }, async ({ server }) => {
        for (const got of [
          await server.get(`/proxy?userId=${kind}&sessionId=s`, key),
          await server.postJson('/proxy', { toggles: ['always-on'], context: { userId: kind } }, key),
        ]) {
          expect(got.status, got.text.slice(0, 300)).toBe(500);
          expect(got.text.startsWith(whoops('').slice(0, -2))).toBe(true);
        }
        await expectHealthy(server);
        expect(namesOf(await server.get('/proxy?userId=fine&sessionId=s', key))).toContain('always-on');
      });
    },
  );

  it.each(['text', 'number', 'list', 'noProperties', 'oddProperties', 'hostileText', 'throwingGetter', 'frozen'])(
    'an enricher that returns an odd context (%s) is answered, and nothing breaks',
    async (kind) => {
      await withProxy(subject, { env: enrichers }, async ({ server }) => {
        for (const path of ['/proxy', '/proxy/all']) {
          const got = await server.get(`${path}?userId=${kind}&sessionId=s`, key);
          if (got.status === 200) expect(namesOf(got)).toContain('always-on');
          else expect([got.status, got.text.startsWith(whoops('').slice(0, -2))]).toEqual([500, true]);
        }
        await expectHealthy(server);
      });
    },
  );

  it('an enricher that is slow, or never answers, blocks nobody else', async () => {
    await withProxy(subject, { env: { ...enrichers, HALYARD_SHUTDOWN_TIMEOUT: '100' } }, async ({ server }) => {
      let isStuck = true;
      const free = () => {
        isStuck = false;
      };
      server.get('/proxy?userId=never', key).then(free, free);
      await healthyThroughout(server, async () => {
        const slow = server.get('/proxy?userId=slow&sessionId=s', key);
        expect(namesOf(await server.get('/proxy?userId=fine&sessionId=s', key))).toContain('always-on');
        expect(namesOf(await slow)).toContain('always-on');
        expect(isStuck).toBe(true);
      });
    });
  });

  it('9.2 #19: the registration lists custom strategies beside the built-in ones', async () => {
    await withProxy(subject, { definitions, env: strategies }, async ({ upstream }) => {
      const [register] = await eventually('the registration', () => {
        const found = upstream.of('register');
        return found.length > 0 ? found : undefined;
      });
      const body = JSON.parse(register?.body ?? '') as { strategies: string[]; interval: number };
      expect(body.strategies).toEqual(expect.arrayContaining(['default', 'flexibleRollout', 'fine', 'plainObject']));
      expect(body.interval).toBe(30_000);
    });
  });
});
