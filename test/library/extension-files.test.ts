/** Extension files as they exist in the field, unchanged, with the program on both runtimes: spec 8.1 and 8.2. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { key, namesIn } from './support/apps.ts';
import { installedPackage } from './support/package.ts';
import { type Program, startProgram } from './support/program.ts';
import { allRuntimes, createProject, type Project } from './support/project.ts';

const flag = (strategy: string) => ({
  name: `by-${strategy}`,
  enabled: true,
  strategies: [{ name: strategy, parameters: { users: 'alice,bob' }, constraints: [] }],
  variants: [],
});
const names = ['ActiveForUsers', 'TimeStamp', 'Plain', 'Esm', 'Typed', 'Real', 'default'];
const definitions = { version: 2, features: names.map(flag) };

/** A subclass per file, in the ways in which people write them. */
const commonJs = `
'use strict';
const { Strategy } = require('unleash-client');
const { includes } = require('./lib/includes');

class ActiveForUsers extends Strategy {
  constructor() {
    super('ActiveForUsers');
  }

  isEnabled(parameters, context) {
    return includes(parameters.users, context.userId);
  }
}

module.exports = [new ActiveForUsers()];
`;
const sibling = `exports.includes = (users, userId) => users.split(',').includes(userId);`;
const esm = `
import { Strategy } from 'unleash-client';
export default [new (class extends Strategy {
  constructor() { super('Esm'); }
  isEnabled(parameters, context) { return context.userId === 'alice' && context.properties.plan === 'pro'; }
})()];
`;
/** As TypeScript compiles \`export default [...]\`. */
const compiled = `
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const unleash_client_1 = require("unleash-client");
class Typed extends unleash_client_1.Strategy {
    constructor() { super('Typed'); }
    isEnabled() { return true; }
}
exports.default = [new Typed()];
`;
const plain = `module.exports = [{ name: 'Plain', isEnabled: () => true }];`;

let project: Project;
let upstream: Upstream;
let server: Program | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await upstream.close();
  project.remove();
});

describe.each(allRuntimes)('extension files: %s', (runtime) => {
  async function start(files: Record<string, string>, variables: Record<string, string>, until?: null) {
    project = createProject(files, false);
    upstream = await startUpstream({ definitions });
    const filled = Object.entries(variables).map(([name, value]) => [
      name,
      value.replace('{{here}}', project.directory),
    ]);
    const env = {
      UNLEASH_URL: `${upstream.origin}/api`,
      UNLEASH_API_TOKEN: 't',
      UNLEASH_PROXY_CLIENT_KEYS: 'k1',
      ...Object.fromEntries(filled),
    };
    const program = join(installedPackage(), 'node_modules', 'halyard', 'bin', 'halyard.mjs');
    const options = { directory: project.directory, env, ...(until === null ? { until } : {}) };
    server = await startProgram(runtime, [program], options);
    return server;
  }

  it('several files of every form, relative to the working directory, with siblings and without unleash-client', async () => {
    const running = await start(
      {
        'strategies/active.js': commonJs,
        'strategies/lib/includes.js': sibling,
        'esm.mjs': esm,
        'compiled.cjs': compiled,
        'plain.js': plain,
      },
      { UNLEASH_CUSTOM_STRATEGIES_FILE: 'strategies/active, ./esm.mjs,compiled.cjs , plain' },
    );
    const alice = await running.get('/proxy?userId=alice&plan=pro', key);
    expect(namesIn(alice)).toEqual(['by-ActiveForUsers', 'by-Plain', 'by-Esm', 'by-Typed', 'by-default']);
    expect(namesIn(await running.get('/proxy?userId=carol&plan=pro', key))).toEqual([
      'by-Plain',
      'by-Typed',
      'by-default',
    ]);
    expect(running.stderr()).toBe('');
  });

  it('an absolute path, an ES module in a .js file, top-level await, a named list', async () => {
    const text = `${esm.replace('export default', 'await Promise.resolve(); export const strategies =')}`;
    const running = await start(
      { 'package.json': '{"type":"module"}', 'esm.js': text },
      { UNLEASH_CUSTOM_STRATEGIES_FILE: '{{here}}/esm.js' },
    );
    expect(namesIn(await running.get('/proxy?userId=alice&plan=pro', key))).toContain('by-Esm');
  });

  it('the real unleash-client where it is installed', async () => {
    const installed = {
      'node_modules/unleash-client/package.json': '{"name":"unleash-client","version":"6.0.0","main":"index.js"}',
      'node_modules/unleash-client/index.js': `exports.Strategy = class { constructor(name) { this.name = name; this.isReal = true; } };`,
      'real.js': `const { Strategy } = require('unleash-client');
        module.exports = [new (class extends Strategy { constructor() { super('Real'); } isEnabled() { return this.isReal; } })()];`,
    };
    const running = await start(installed, { UNLEASH_CUSTOM_STRATEGIES_FILE: 'real.js' });
    expect(namesIn(await running.get('/proxy', key))).toContain('by-Real');
  });

  it('enrichers of both module kinds, in order, with the request as second argument (#114)', async () => {
    const first = `module.exports = [
      (context) => ({ ...context, userId: 'alice' }),
      async (context, request) => {
        const plan = typeof request.headers.get === 'function' ? request.headers.get('x-plan') : request.headers['x-plan'];
        return { ...context, properties: { ...context.properties, plan } };
      },
    ];`;
    const second = `export default [(context) => ({ ...context, userId: context.userId.toLowerCase() }), 'skipped'];`;
    const running = await start(
      { 'a.js': first, 'b.mjs': second, 'esm.mjs': esm },
      { EXP_CUSTOM_ENRICHERS_FILE: 'a,b.mjs', UNLEASH_CUSTOM_STRATEGIES_FILE: 'esm' },
    );
    expect(namesIn(await running.get('/proxy?userId=x', { ...key, 'x-plan': 'pro' }))).toContain('by-Esm');
    expect(namesIn(await running.get('/proxy?userId=x', { ...key, 'x-plan': 'free' }))).not.toContain('by-Esm');
  });

  const broken: readonly (readonly [string, string, string, RegExp])[] = [
    ['a missing file', 'UNLEASH_CUSTOM_STRATEGIES_FILE', './nope.js', /^Error: Cannot find module '\.\/nope\.js'$/m],
    ['a missing file of a list', 'EXP_CUSTOM_ENRICHERS_FILE', 'list.js,gone', /^Error: Cannot find module 'gone'$/m],
    ['no name', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'nameless.js', /^Error: Invalid strategy data \/ interface$/m],
    ['no isEnabled', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'unable.js', /^Error: Invalid strategy data \/ interface$/m],
    ['no object', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'nothing.js', /^Error: Invalid strategy data \/ interface$/m],
    [
      'no list of strategies',
      'UNLEASH_CUSTOM_STRATEGIES_FILE',
      'single.js',
      /single\.js must export an array of strategies/,
    ],
    [
      'no list of enrichers',
      'EXP_CUSTOM_ENRICHERS_FILE',
      'single.js',
      /single\.js must export an array of context enrichers/,
    ],
    ['a fault of its own', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'throws.js', /fault of its own/],
    ['a sibling that is missing', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'lost.js', /Cannot find module '\.\/sibling'/],
    ['wrong syntax', 'UNLEASH_CUSTOM_STRATEGIES_FILE', 'syntax.js', /syntax\.js/],
  ];

  it.each(broken)('%s ends the start with 1 and says why', async (_what, variable, path, message) => {
    const files = {
      'list.js': 'module.exports = [];',
      'nameless.js': 'module.exports = [{ isEnabled() {} }];',
      'unable.js': `module.exports = [{ name: 'unable' }];`,
      'nothing.js': 'module.exports = [null];',
      'single.js': `module.exports = { name: 'one', isEnabled() {} };`,
      'throws.js': `throw new Error('fault of its own');`,
      'lost.js': `require('./sibling');`,
      'syntax.js': 'module.exports = [',
    };
    const ended = await start(files, { [variable]: path }, null);
    expect(await ended.exit, ended.stdout()).toBe(1);
    expect(ended.stderr()).toMatch(message);
    expect(ended.stdout()).toBe('');
  });
});
