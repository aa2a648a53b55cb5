/** Strategies and enrichers given in code, and what contains them when they go wrong: spec 8.1, 8.2; 9.2, 3; 11.3, 30. */
import { describe, expect, it } from 'vitest';
import type { ContextEnricher, CustomStrategyObject } from '../../src/index.ts';
import { whoops } from '../support/proxy.ts';
import { eventually } from '../support/wait.ts';
import { halyard, key, namesIn } from './support/apps.ts';
import { flag, withApp } from './support/extended.ts';
import { createProject } from './support/project.ts';

describe('strategies', () => {
  const strategy = (name: string, isEnabled: CustomStrategyObject['isEnabled']) => ({ name, isEnabled });
  // biome-ignore lint/suspicious/noThenProperty: the point of the test
  const thenable = { then: (_resolve: unknown, reject: (error: unknown) => void) => reject(new Error('late')) };
  const strategies = [
    strategy('throws', () => {
      throw new Error('exploded');
    }),
    strategy('throwsObject', () => {
      throw {
        toString: 1,
        get message() {
          throw new Error('hostile');
        },
      };
    }),
    strategy('promises', async () => false),
    strategy('rejects', () => Promise.reject()),
    strategy('thenable', () => thenable),
    strategy('hostileThen', () => ({
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      get then() {
        throw new Error('hostile');
      },
    })),
    strategy('slow', () => {
      const end = Date.now() + 80;
      while (Date.now() < end);
      return true;
    }),
    strategy('mutates', (parameters, context) => {
      const given = context as { userId?: unknown; properties: Record<string, unknown> };
      given.userId = 'mallory';
      given.properties.plan = 'x';
      (parameters as Record<string, unknown>).want = 'mallory';
      return true;
    }),
    strategy('sees', (parameters, context) => {
      const { userId, appName, environment, sessionId, properties } = context as Record<string, never>;
      return (
        parameters.want === 'alice' &&
        userId === 'alice' &&
        appName === 'unleash-proxy' &&
        environment === 'default' &&
        String(sessionId) !== '' &&
        (properties as { plan?: unknown } | undefined)?.plan === 'pro'
      );
    }),
    new (class extends halyard().Strategy {
      constructor() {
        super('subclass');
      }
      override isEnabled(): boolean {
        return super.isEnabled() === false;
      }
    })(),
    { name: 'default', isEnabled: () => false },
  ];
  const features = [
    ...strategies.map(({ name }) => flag(`by-${name}`, name)),
    flag('gone', 'unknown'),
    flag('plain', 'default'),
  ];

  it('count as false for their own flag when they throw, as true for promises, and see their own copies', async () => {
    await withApp(
      { customStrategies: strategies },
      async ({ server, upstream, logged }) => {
        for (let i = 0; i < 3; i++) {
          expect(namesIn(await server.get('/proxy?userId=alice&plan=pro', key))).toEqual([
            'by-promises',
            'by-rejects',
            'by-thenable',
            'by-slow',
            'by-mutates',
            'by-sees',
            'by-subclass',
          ]);
        }
        await eventually('the rejections', () => logged.some((line) => line.includes('rejected: late')));
        for (const text of [
          '"throws" failed and counts as false: exploded',
          '"slow" took',
          '"promises" returned a promise',
        ]) {
          expect(
            logged.filter((line) => line.includes(text)),
            text,
          ).toHaveLength(1);
        }
        const { strategies: reported } = JSON.parse((await eventually('it', () => upstream.of('register')[0])).body);
        expect(reported).toEqual(expect.arrayContaining(['default', 'userWithId', 'sees', 'subclass']));
      },
      { definitions: { version: 2, features } },
    );
  });

  it.each([null, 5, {}, { name: 'x' }, { isEnabled: (): boolean => true }, { name: '', isEnabled: () => true }])(
    'that are none (%j) are refused at the start',
    (entry) => {
      const options = { unleashUrl: 'http://x', unleashApiToken: 't', clientKeys: ['k'] };
      const { createApp } = halyard();
      expect(() => createApp({ ...options, customStrategies: [entry as never] })).toThrow(
        'Invalid strategy data / interface',
      );
      expect(() => createApp({ ...options, customStrategies: { a: 1 } as never })).toThrow(
        /have to be given as an array/,
      );
    },
  );

  it('may be given as paths, and a list in code beats the variable', async () => {
    const project = createProject({ 's.js': `module.exports = [{ name: 'file', isEnabled: () => true }];` }, false);
    process.env.UNLEASH_CUSTOM_STRATEGIES_FILE = '/does/not/exist';
    try {
      const own = { name: 'own', isEnabled: () => true };
      await withApp(
        { customStrategies: [`${project.directory}/s.js`, own] },
        async ({ server }) => expect(namesIn(await server.get('/proxy', key))).toEqual(['a', 'b']),
        { definitions: { version: 2, features: [flag('a', 'file'), flag('b', 'own')] } },
      );
      process.env.UNLEASH_CUSTOM_STRATEGIES_FILE = `${project.directory}/s`;
      const { createProxyConfig } = halyard();
      const options = { unleashUrl: 'http://x', unleashApiToken: 't', clientKeys: ['k'] };
      expect(createProxyConfig(options).customStrategies?.map(({ name }) => name)).toEqual(['file']);
      expect(createProxyConfig({ ...options, customStrategies: [] }).customStrategies).toEqual([]);
    } finally {
      delete process.env.UNLEASH_CUSTOM_STRATEGIES_FILE;
      project.remove();
    }
  });
});

describe('enrichers', () => {
  const constrained = {
    name: 'pro',
    enabled: true,
    strategies: [
      {
        name: 'default',
        parameters: {},
        constraints: [{ contextName: 'plan', operator: 'IN', values: ['pro'] }],
      },
    ],
    variants: [],
  };
  const definitions = { version: 2, features: [constrained, flag('plain', 'default')] };

  it('change fields of any name, and cannot reach what others see', async () => {
    const kept: unknown[] = [];
    const enricher: ContextEnricher = (context) => {
      kept.push(context);
      if (context.userId === 'root') return { ...context, plan: 'pro' };
      if (context.userId === 'nested') return { ...context, properties: { plan: 'pro' } };
      return Object.assign(context, { environment: 'x', properties: null }) as never;
    };
    await withApp(
      { expCustomEnrichers: [enricher] },
      async ({ server }) => {
        for (const user of ['root', 'nested']) {
          expect(namesIn(await server.get(`/proxy?userId=${user}&plan=free`, key))).toEqual(['pro', 'plain']);
        }
        expect(namesIn(await server.postJson('/proxy', { context: { userId: 'other', plan: 'pro' } }, key))).toEqual([
          'plain',
        ]);
        expect(kept).toHaveLength(3);
      },
      { definitions },
    );
  });

  const hostile: [kind: string, enricher: ContextEnricher, message?: string][] = [
    [
      'throws',
      () => {
        throw new Error('exploded');
      },
      'exploded',
    ],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
      'an extension failed without saying why',
    ],
    ['rejects with nothing', () => Promise.reject(), 'an extension failed without saying why'],
    ['returns nothing', () => undefined as never, 'a context enricher returned no context'],
    ['returns a list', () => [] as never, 'a context enricher returned no context'],
    ['never answers', () => new Promise(() => undefined), 'a context enricher took longer than 200 ms'],
    [
      'returns a thenable that never answers',
      // biome-ignore lint/suspicious/noThenProperty: the point of the test
      () => ({ then: () => undefined }) as never,
      'a context enricher took longer than 200 ms',
    ],
    [
      'returns a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    [
      'returns a proxy that throws',
      () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('trap');
            },
          },
        ),
    ],
    [
      'has throwing getters',
      () => ({
        get userId(): string {
          throw new Error('getter');
        },
      }),
      'getter',
    ],
  ];

  it.each(hostile)('that %s: 500 for that request', async (...[, enricher, message]) => {
    process.env.HALYARD_ENRICHER_TIMEOUT = '200';
    const chosen: ContextEnricher = (context, request) =>
      context.userId === 'fine' ? context : enricher(context, request);
    try {
      await withApp({ expCustomEnrichers: [chosen] }, async ({ server }) => {
        for (const got of [
          await server.get('/proxy', key),
          await server.postJson('/proxy', { toggles: ['plain'] }, key),
        ]) {
          expect(got.status).toBe(500);
          if (message !== undefined) expect(got.text).toBe(whoops(message));
        }
        expect(namesIn(await server.get('/proxy?userId=fine', key))).toEqual(['plain']);
      });
    } finally {
      delete process.env.HALYARD_ENRICHER_TIMEOUT;
    }
  });

  it('that return a proxy, or odd values, are read like any other', async () => {
    const enricher: ContextEnricher = (context) =>
      new Proxy(
        { ...context, properties: new Proxy({ plan: { toString: 'x' }, at: new Date(0), f: () => 1 }, {}) },
        {},
      ) as never;
    await withApp(
      { expCustomEnrichers: [enricher, 5 as never] },
      async ({ server }) => expect(namesIn(await server.get('/proxy?userId=a', key))).toEqual(['plain']),
      { definitions },
    );
  });
});
