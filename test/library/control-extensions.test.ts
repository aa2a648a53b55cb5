/** Storage providers, bootstrap and loggers given in code, and what contains them when they go wrong: spec 8.3 to 8.5. */
import { describe, expect, it } from 'vitest';
import type { BootstrapOptions, StorageProvider } from '../../src/index.ts';
import { startUpstream } from '../support/upstream.ts';
import { eventually, sleep } from '../support/wait.ts';
import { key, namesIn } from './support/apps.ts';
import { flag, withApp } from './support/extended.ts';
import { createProject } from './support/project.ts';

describe('storage providers', () => {
  const document = { version: 1, features: [flag('stored', 'default')] };

  it('are asked once and told after every change, under the application name', async () => {
    const calls: unknown[][] = [];
    const storageProvider: StorageProvider = {
      get: async (name) => void calls.push(['get', name]),
      set: async (name, data) => void calls.push(['set', name, data]),
    };
    const options = { storageProvider, unleashAppName: 'mine', refreshInterval: 20 };
    await withApp(options, async ({ upstream }) => {
      await eventually('the first', () => calls.length === 2);
      upstream.setDefinitions(document);
      await eventually('the second', () => calls.length === 3);
      await sleep(100);
      expect(calls.map(([method, name]) => [method, name])).toEqual([
        ['get', 'mine'],
        ['set', 'mine'],
        ['set', 'mine'],
      ]);
      expect(calls[2]?.[2]).toMatchObject({ version: 1, features: [{ name: 'stored' }] });
    });
  });

  it('make the start ready while upstream is down', async () => {
    const storageProvider = { get: async () => document, set: async () => undefined };
    await withApp(
      { storageProvider },
      async ({ server, logged }) => {
        expect(namesIn(await server.get('/proxy', key))).toEqual(['stored']);
        expect(logged.some((line) => line.includes('definitions of an earlier run'))).toBe(true);
      },
      { upstreamStatus: 500 },
    );
  });

  const never = () => new Promise<never>(() => undefined);
  const fail = (): never => {
    throw new Error('disk full');
  };
  const failing: [kind: string, provider: StorageProvider, expected?: string][] = [
    ['get throws', { get: fail, set: async () => undefined }, 'disk full'],
    ['get rejects with nothing', { get: () => Promise.reject(), set: async () => undefined }],
    ['get returns rubbish', { get: async () => ({ features: 'x' }), set: async () => undefined }],
    ['get never answers', { get: never, set: async () => undefined }],
    ['set throws', { get: async () => undefined, set: fail }, 'Unleash Repository error: disk full'],
    [
      'set rejects with nothing',
      { get: async () => undefined, set: () => Promise.reject() },
      'Unleash Repository error',
    ],
    ['set never answers', { get: async () => undefined, set: never }],
  ];

  it.each(failing)('%s: polling goes on', async (...[, storageProvider, expected]) => {
    await withApp({ storageProvider, refreshInterval: 20 }, async ({ server, upstream, logged }) => {
      expect(namesIn(await server.get('/proxy', key))).toEqual(['plain']);
      upstream.setDefinitions({ version: 2, features: [flag('changed', 'default')] });
      await eventually('the change', async () => namesIn(await server.get('/proxy', key))[0] === 'changed');
      if (expected !== undefined) expect(logged.join('\n')).toContain(expected);
    });
  });
});

describe('bootstrap', () => {
  const features = [
    {
      name: 'boot',
      enabled: true,
      strategies: [{ name: 'default', parameters: {}, constraints: [], segments: [1] }],
      variants: [],
    },
  ];
  const segments = [{ id: 1, name: 's', constraints: [{ contextName: 'userId', operator: 'IN', values: ['alice'] }] }];

  it('takes data, a URL, a file or a provider, which beats the others; none beats upstream', async () => {
    const other = await startUpstream({ definitions: { version: 2, features, segments } });
    const project = createProject({ 'boot.json': JSON.stringify({ version: 2, features, segments }) }, false);
    const wrong = [{ ...features[0], name: 'wrong' }];
    const forms: BootstrapOptions[] = [
      { data: features, segments },
      { url: `${other.origin}/api/client/features`, urlHeaders: { Authorization: 'boot-token' } },
      { filePath: `${project.directory}/boot.json` },
      { data: wrong, bootstrapProvider: { readBootstrap: async () => ({ version: 2, features, segments }) } },
    ];
    try {
      for (const expBootstrap of forms) {
        await withApp(
          { expBootstrap, refreshInterval: 20 },
          async ({ server, upstream }) => {
            expect(namesIn(await server.get('/proxy?userId=alice', key))).toEqual(['boot']);
            expect(namesIn(await server.get('/proxy?userId=bob', key))).toEqual([]);
            upstream.behave('features', { kind: 'normal' });
            await eventually('upstream', async () => namesIn(await server.get('/proxy', key))[0] === 'plain');
          },
          { upstreamStatus: 418 },
        );
      }
      expect(other.of('features')[0]?.headers.authorization).toBe('boot-token');
    } finally {
      project.remove();
      await other.close();
    }
  });

  it.each<[string, BootstrapOptions]>([
    ['a provider that rejects with nothing', { bootstrapProvider: { readBootstrap: () => Promise.reject() } }],
    [
      'a provider that throws',
      {
        bootstrapProvider: {
          readBootstrap: () => {
            throw new Error('x');
          },
        },
      },
    ],
    ['a provider that never answers', { bootstrapProvider: { readBootstrap: () => new Promise(() => undefined) } }],
    ['a missing file', { filePath: '/does/not/exist.json' }],
    ['no features', { data: [] }],
    ['rubbish', { data: 'x' as never }],
  ])('%s leaves the start to upstream', async (_kind, expBootstrap) => {
    await withApp({ expBootstrap }, async ({ server }) => {
      expect(namesIn(await server.get('/proxy', key))).toEqual(['plain']);
    });
  });
});

describe('loggers', () => {
  it('get errors and messages; `console`, or one with less, will do', async () => {
    const lines: unknown[][] = [];
    const few = { info: (...args: unknown[]) => void lines.push(args) };
    await withApp({ logger: few as never }, async ({ server }) => {
      expect((await server.get('/proxy/health')).text).toBe('ok');
      expect(lines[0]?.[0]).toBe('Successfully synchronized with Unleash API. Proxy is now ready to receive traffic.');
    });
  });

  it('that throw or reject end nothing', async () => {
    const complaints: unknown[] = [];
    const original = console.error;
    console.error = (message: unknown) => void complaints.push(message);
    const explode = () => {
      throw new Error('logger exploded');
    };
    const logger = { debug: explode, info: explode, warn: explode, error: async () => explode(), fatal: explode };
    try {
      await withApp(
        {
          logger: logger as never,
          expCustomEnrichers: [
            () => {
              throw new Error('x');
            },
          ],
        },
        async ({ server }) => {
          expect((await server.get('/proxy', key)).status).toBe(500);
          expect((await server.get('/proxy/health')).text).toBe('ok');
          await eventually('both complaints', () => complaints.length >= 2);
          expect(complaints).toContain('halyard: the logger failed in "info": logger exploded');
        },
      );
    } finally {
      console.error = original;
    }
  });
});
