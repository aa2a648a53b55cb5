/** The package from the outside: its names, from CommonJS and ES modules, on both runtimes, and its types. Spec 7. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { installedPackage } from './support/package.ts';
import { createProject, type Project, runtimes } from './support/project.ts';

let project: Project;
afterEach(() => project.remove());

/** What every module of the original exports, and Halyard's own. */
const modules: Readonly<Record<string, readonly string[]>> = {
  halyard: ['createApp', 'start', 'Client', 'createProxyConfig', 'serve', 'createFetchHandler', 'Strategy'],
  'halyard/dist/app': ['createApp'],
  'halyard/dist/config': ['createProxyConfig', 'sanitizeBasePath'],
  'halyard/dist/client': ['default', 'Client'],
  'halyard/dist/create-client': ['createSingletonClient', 'createNewClient'],
  'halyard/dist/logger': ['SimpleLogger', 'LogLevel'],
  'halyard/dist/enrich-context': ['enrichContext'],
  'halyard/dist/create-context': ['createContext'],
  'halyard/dist/unleash-proxy': ['default'],
  'halyard/dist/prom-metrics': ['lastMetricsUpdate', 'lastMetricsFetch', 'createCounter', 'createGauge'],
};

const named = (names: readonly string[]) => names.filter((name) => name !== 'default');

describe.each(runtimes)('names of the package on %s', (runtime) => {
  it('are there for require, with and without the extension', async () => {
    const lines = Object.entries(modules).flatMap(([path, names]) =>
      [path, path === 'halyard' ? path : `${path}.js`].map(
        (specifier) =>
          `for (const name of ${JSON.stringify(names)}) if (!require('${specifier}')[name]) throw new Error('${specifier} ' + name);`,
      ),
    );
    project = createProject({ 'main.cjs': `${lines.join('\n')}\nconsole.log('fine');` });
    expect(await project.run(runtime, ['main.cjs'])).toEqual({ code: 0, stdout: 'fine\n', stderr: '' });
  });

  it('are there for import, by name', async () => {
    const lines = Object.entries(modules).map(([path, names], i) => {
      const as = named(names).map((name) => `${name} as ${name}${i}`);
      const specifier = path === 'halyard' ? path : `${path}.js`;
      return `import { ${as.join(', ')} } from '${specifier}';\nimport * as all${i} from '${path}';`;
    });
    const used = Object.values(modules).flatMap((names, i) => [...named(names).map((name) => name + i), `all${i}`]);
    project = createProject({
      'main.mjs': `${lines.join('\n')}\nif ([${used.join(', ')}].every(Boolean)) console.log('fine');`,
    });
    expect(await project.run(runtime, ['main.mjs'])).toEqual({ code: 0, stdout: 'fine\n', stderr: '' });
  });

  it('load neither Express nor the engine of the other wing before they are needed', async () => {
    project = createProject({
      'main.cjs': `require('halyard');
        const loaded = Object.keys(require.cache).filter((file) => /node_modules.(express|compression|prom-client|yaml)./.test(file));
        console.log(loaded.length, Object.keys(require.cache).some((file) => /dist.(library.)?flagsmith./.test(file)));`,
    });
    const { stdout } = await project.run(runtime, ['main.cjs']);
    expect(stdout).toBe('0 false\n');
  });
});

describe('what the deep imports do', () => {
  it('keeps their behaviour', async () => {
    project = createProject({
      'main.cjs': `
        const assert = require('node:assert');
        const { createProxyConfig, sanitizeBasePath } = require('halyard/dist/config');
        const { createContext } = require('halyard/dist/create-context');
        const { enrichContext } = require('halyard/dist/enrich-context');
        const { SimpleLogger, LogLevel } = require('halyard/dist/logger');
        const { createGauge } = require('halyard/dist/prom-metrics');
        assert.equal(sanitizeBasePath(' base/ '), '/base');
        const config = createProxyConfig({ unleashUrl: 'u', unleashApiToken: 't', clientKeys: ['k'], expBootstrap: { data: [] } });
        assert.equal(config.refreshInterval, 5000);
        assert.equal(config.disableMetrics, false);
        assert.deepEqual(config.bootstrap, { data: [] });
        assert.throws(() => createProxyConfig({}), TypeError);
        assert.deepEqual(createContext({ userId: 'a', plan: 'pro', properties: { plan: 'free' }, appName: '' }), { userId: 'a', properties: { plan: 'free' } });
        assert.equal(createGauge({ name: 'own', help: 'h' }), createGauge({ name: 'own', help: 'h' }));
        new SimpleLogger(LogLevel.info).info('logged');
        (async () => {
          const enriched = await enrichContext([(c) => ({ ...c, userId: 'b' }), async (c) => ({ ...c, plan: 'pro' })], { properties: { a: 1 } });
          assert.deepEqual({ ...enriched, properties: { ...enriched.properties } }, { userId: 'b', plan: 'pro', appName: undefined, environment: undefined, sessionId: undefined, remoteAddress: undefined, properties: { a: 1, plan: 'pro' } });
          assert.deepEqual(await enrichContext([], { userId: 'x' }), { userId: 'x' });
          await assert.rejects(enrichContext([() => undefined], {}));
          console.log('done');
        })();`,
    });
    const outcome = await project.run('node', ['main.cjs']);
    expect(outcome).toEqual({ code: 0, stdout: 'INFO: logged\ndone\n', stderr: '' });
  });
});

describe('types', () => {
  const settings = {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2022'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      types: ['node'],
      skipLibCheck: false,
    },
    include: ['*.mts', '*.cts'],
  };

  const esm = `
    import express from 'express';
    import {
      Client, type ContextEnricher, createApp, createFetchHandler, createProxyConfig, type IClient, type IProxyConfig,
      type IProxyOption, type Logger, serve, start, type StorageProvider, Strategy,
    } from 'halyard';
    import { createApp as deep } from 'halyard/dist/app.js';
    import { LogLevel, SimpleLogger } from 'halyard/dist/logger';

    class Mine extends Strategy {
      constructor() { super('mine'); }
      override isEnabled(parameters: { want?: string }, context: { userId?: string }): boolean {
        return parameters.want === context.userId;
      }
    }
    const enricher: ContextEnricher = async (context, request) => ({ ...context, userId: String(request) });
    const storageProvider: StorageProvider = { get: async () => undefined, set: async () => undefined };
    const logger: Logger = new SimpleLogger(LogLevel.info, true);
    const options: IProxyOption = {
      unleashUrl: 'http://localhost/api', unleashApiToken: 't', clientKeys: ['k'], logLevel: 'info', logger, storageProvider,
      customStrategies: [new Mine(), { name: 'plain', isEnabled: () => true }, './more.js'],
      expCustomEnrichers: [enricher], tags: [{ name: 'a', value: 'b' }], cors: { origin: ['https://a.test'] },
      trustProxy: 1, clientMode: 'new', preHook: (app) => { app.use(express.json()); },
    };
    const config: IProxyConfig = createProxyConfig(options);
    const app = createApp(options);
    app.get('/own', (request, response) => { response.send(request.ip); });
    app.listen(3000).close();
    await app.halyard.ready;
    const own: IClient = new Client(config, {} as never);
    const given = express();
    const same: typeof given = deep(options, own, given);
    start(options).halyard.server.close();
    const server = await serve({ ...options, port: 0 });
    const port: number | undefined = server.port;
    const { fetch } = createFetchHandler(options);
    const response: Response = await fetch(new Request('http://localhost/proxy'));
    export { port, response, same };
  `;
  const cjs = `
    import halyard = require('halyard');
    import clients = require('halyard/dist/client');
    import { createNewClient } from 'halyard/dist/create-client';
    import UnleashProxy = require('halyard/dist/unleash-proxy');
    const config = halyard.createProxyConfig({});
    const client: clients.IClient = createNewClient(config);
    const status: clients.FeatureToggleStatus[] = createNewClient(config).getEnabledToggles({ userId: 'a', plan: 'pro' });
    new UnleashProxy.default(client, config).setClientKeys(['a']);
    const metrics: clients.IMetrics = { appName: 'a', instanceId: 'b', bucket: { start: '', stop: '', toggles: {} } };
    export { metrics, status };
  `;
  const wrong = `
    import { createApp, type IProxyOption } from 'halyard';
    // @ts-expect-error a number is no URL
    const options: IProxyOption = { unleashUrl: 1 };
    // @ts-expect-error an application is no text
    const text: string = createApp(options);
    export { text };
  `;

  it('serve a strict project with CommonJS and ES modules', async () => {
    project = createProject({
      'tsconfig.json': JSON.stringify(settings),
      'esm.mts': esm,
      'cjs.cts': cjs,
      'wrong.mts': wrong,
    });
    const outcome = await project.run('node', ['node_modules/typescript/bin/tsc', '-p', '.']);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('serve a project with the older way of resolving', async () => {
    const compilerOptions = { ...settings.compilerOptions, module: 'preserve', moduleResolution: 'bundler' };
    project = createProject({
      'tsconfig.json': JSON.stringify({ ...settings, compilerOptions }),
      'esm.mts': esm,
    });
    const outcome = await project.run('node', ['node_modules/typescript/bin/tsc', '-p', '.']);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('name each other by .js, as compilers before TypeScript 5 need it', () => {
    const dist = join(installedPackage(), 'node_modules', 'halyard', 'dist');
    const declarations = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.d.ts'),
    );
    expect(declarations).toContain('index.d.ts');
    const naming = declarations.filter((name) =>
      /['"]\.\.?\/[^'"\n]*\.ts['"]/.test(readFileSync(join(dist, name), 'utf8')),
    );
    expect(naming).toEqual([]);
  });
});
