/** Every code sample of docs/embedding.md and docs/extensions.md, run as it is printed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { repositoryRoot } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { key, namesIn } from './support/apps.ts';
import { type Program, startProgram } from './support/program.ts';
import { createProject, type Project, type Runtime } from './support/project.ts';

const samples = new Map<string, string>();
for (const page of ['embedding.md', 'extensions.md']) {
  const text = readFileSync(join(repositoryRoot, 'docs', page), 'utf8');
  for (const [, name, code] of text.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)) samples.set(name ?? '', code ?? '');
}
const definitions = {
  version: 2,
  features: ['default', 'ActiveForCompanies'].map((strategy) => ({
    name: `by-${strategy}`,
    enabled: true,
    strategies: [{ name: strategy, parameters: { companies: 'acme,umbrella' } }],
  })),
};

let upstream: Upstream;
let project: Project | undefined;
let program: Program | undefined;
beforeAll(async () => {
  upstream = await startUpstream({ definitions });
});
afterEach(async () => {
  await program?.stop();
  project?.remove();
});
afterAll(() => upstream.close());

async function run(runtime: Runtime, file: string, until: string, env: Record<string, string> = {}): Promise<Program> {
  project = createProject(Object.fromEntries(samples));
  program = await startProgram(runtime, [file], {
    directory: project.directory,
    until,
    env: {
      UNLEASH_URL: `${upstream.origin}/api`,
      UNLEASH_API_TOKEN: 't',
      UNLEASH_PROXY_CLIENT_KEYS: 'k1',
      ...env,
    },
  });
  return program;
}

it('are all known here', () => {
  const known = ['app.cjs', 'parent.cjs', 'lifecycle.mjs', 'own-client.mjs', 'bun.mjs', 'worker.mjs'];
  expect([...samples.keys()]).toEqual([...known, 'strategies.js', 'enrichers.js', 'options.cjs']);
});

it.each(['node', 'bun'] as const)('app.cjs on %s', async (runtime) => {
  const { get } = await run(runtime, 'app.cjs', '/proxy/health');
  expect(namesIn(await get('/proxy', { authorization: 'proxy-client-key' }))).toEqual(['by-default']);
  expect((await get('/own')).text).toBe('a route of your own');
});

it('parent.cjs', async () => {
  const { get } = await run('node', 'parent.cjs', '/flags/proxy/health');
  expect(namesIn(await get('/flags/proxy', key))).toEqual(['by-default']);
  expect((await get('/')).text).toBe('the parent');
});

it.each(['node', 'bun'] as const)('lifecycle.mjs on %s', async (runtime) => {
  const { stdout, stop } = await run(runtime, 'lifecycle.mjs', '/proxy/health');
  await eventually('its flags', () => stdout().includes('by-default'));
  expect(await stop()).toBe(0);
});

it('own-client.mjs', async () => {
  const { get } = await run('node', 'own-client.mjs', '/proxy/health');
  expect(namesIn(await get('/proxy?userId=alice', key))).toEqual(['vip']);
  expect(namesIn(await get('/proxy', key))).toEqual([]);
});

it('bun.mjs', async () => {
  const { get } = await run('bun', 'bun.mjs', '/proxy/health');
  expect(namesIn(await get('/proxy', key))).toEqual(['by-default']);
});

it('worker.mjs, as Bun runs such a module', async () => {
  const { get } = await run('bun', 'worker.mjs', '/proxy/health');
  expect(namesIn(await get('/proxy', key))).toEqual(['by-default']);
});

it.each(['node', 'bun'] as const)('strategies.js on %s', async (runtime) => {
  const { get } = await run(runtime, 'node_modules/halyard/bin/halyard.mjs', '/proxy/health', {
    UNLEASH_CUSTOM_STRATEGIES_FILE: 'strategies.js',
  });
  expect(namesIn(await get('/proxy?company=acme', key))).toEqual(['by-default', 'by-ActiveForCompanies']);
  expect(namesIn(await get('/proxy?company=other', key))).toEqual(['by-default']);
});

it('enrichers.js', async () => {
  const { get } = await run('node', 'node_modules/halyard/bin/halyard.mjs', '/proxy/health', {
    EXP_CUSTOM_ENRICHERS_FILE: 'enrichers.js',
  });
  expect(namesIn(await get('/proxy?userId=ALICE', { ...key, 'x-account': '7' }))).toEqual(['by-default']);
});

it('options.cjs', async () => {
  const { get, stdout } = await run('node', 'options.cjs', '/proxy/health');
  expect((await get('/proxy', key)).status).toBe(200);
  await eventually('a word of it', () => stdout().includes('Successfully synchronized'));
});
