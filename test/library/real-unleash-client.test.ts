/** The real package `unleash-client` beside the library: as an own client, as a base class, and its types. Spec 7, 8.1. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { componentDir, componentOrSkip } from '../support/components.ts';
import { fixture } from '../support/golden.ts';
import { startUpstream } from '../support/upstream.ts';
import { installedPackage } from './support/package.ts';
import { createProject, type Project } from './support/project.ts';

const installed = componentOrSkip('unleash-clients', 'the library beside the real unleash-client');

let project: Project;
afterEach(() => project.remove());

/** A project with both packages. */
function createBoth(files: Record<string, string>): void {
  project = createProject(files, false);
  const packages = join(project.directory, 'node_modules');
  mkdirSync(packages);
  const ours = join(installedPackage(), 'node_modules');
  for (const name of readdirSync(ours)) symlinkSync(join(ours, name), join(packages, name));
  const theirs = join(componentDir('unleash-clients') ?? '', 'node_modules', 'unleash-client');
  symlinkSync(theirs, join(packages, 'unleash-client'));
}

describe.skipIf(!installed)('with the real unleash-client', () => {
  it('a Client over its Unleash object answers byte for byte what the built-in client answers', async () => {
    const upstream = await startUpstream({ definitions: fixture('main') });
    createBoth({
      'strategies.js': `
        const { Strategy } = require('unleash-client');
        class Own extends Strategy { constructor() { super('default'); } isEnabled(parameters, context) { return context.userId === 'alice'; } }
        module.exports = [new Own()];`,
      'main.mjs': `
        import { Client, createApp, createProxyConfig } from 'halyard';
        import { Unleash, InMemStorageProvider } from 'unleash-client';
        import { createRequire } from 'node:module';
        const strategies = createRequire(import.meta.url)('./strategies.js');
        const unleash = new Unleash({ url: process.env.UNLEASH_URL, appName: 'a', customHeaders: { Authorization: 't' }, disableMetrics: true, strategies, storageProvider: new InMemStorageProvider() });
        const options = { enableAllEndpoint: true, storageProvider: new InMemStorageProvider() };
        const over = createApp(options, new Client(createProxyConfig(options), unleash));
        const own = createApp({ ...options, customStrategies: './strategies' });
        await Promise.all([over.halyard.ready, own.halyard.ready]);
        const servers = [over, own].map((app) => app.listen(0));
        const paths = ['/proxy?userId=alice&sessionId=s', '/proxy?userId=bob&sessionId=s&region=eu', '/proxy/all?userId=alice&sessionId=s'];
        for (const path of paths) {
          const bodies = await Promise.all(servers.map(async (server) => {
            const response = await fetch('http://127.0.0.1:' + server.address().port + path, { headers: { authorization: 'k' } });
            return response.text();
          }));
          if (bodies[0] !== bodies[1] || bodies[0].length < 200) throw new Error(path + '\\n' + bodies.join('\\n'));
        }
        console.log('equal');
        process.exit(0);`,
    });
    const env = { UNLEASH_URL: `${upstream.origin}/api`, UNLEASH_API_TOKEN: 't', UNLEASH_PROXY_CLIENT_KEYS: 'k' };
    const { stdout, stderr, code } = await project.run('node', ['main.mjs'], env);
    await upstream.close();
    expect({ stdout, stderr, code }).toEqual({ stdout: 'equal\n', stderr: '', code: 0 });
  });

  it('its types fit', async () => {
    const compilerOptions = { target: 'es2022', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true };
    createBoth({
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, include: ['*.mts'] }),
      'main.mts': `
        import { Client, createApp, createProxyConfig, type IProxyOption } from 'halyard';
        import { InMemStorageProvider, Strategy, type Unleash } from 'unleash-client';
        declare const unleash: Unleash;
        class Own extends Strategy {
          constructor() { super('own'); }
          override isEnabled(parameters: { users?: string }, context: { userId?: string }): boolean {
            return parameters.users === context.userId;
          }
        }
        const options: IProxyOption = { customStrategies: [new Own()], storageProvider: new InMemStorageProvider() };
        createApp(options, new Client(createProxyConfig(options), unleash));`,
    });
    const outcome = await project.run('node', ['node_modules/typescript/bin/tsc', '-p', '.']);
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
