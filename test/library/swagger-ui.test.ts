/** The documentation pages of the installed package, and that no package comes along that reports installations. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assetTypes } from '../../src/http/swagger-ui.ts';
import { repositoryRoot } from '../support/subjects.ts';
import { installedPackage } from './support/package.ts';
import { createProject } from './support/project.ts';

const { servedFiles }: { servedFiles: readonly string[] } = await import(
  /* @vite-ignore */ new URL('../../scripts/lib/swagger-ui.mjs', import.meta.url).href
);

it('the build copies what is served, with its licences', () => {
  expect(servedFiles).toEqual([...assetTypes.keys()]);
  const shipped = join(installedPackage(), 'node_modules', 'halyard', 'dist', 'swagger-ui');
  for (const name of servedFiles) {
    const original = readFileSync(join(repositoryRoot, 'node_modules', 'swagger-ui-dist', name));
    expect(readFileSync(join(shipped, name)).equals(original), name).toBe(true);
  }
  for (const name of ['LICENSE', 'NOTICE']) expect(existsSync(join(shipped, name))).toBe(true);
});

it('users install neither swagger-ui-dist nor @scarf/scarf', () => {
  const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const forUsers = Object.entries(lock.packages).filter(([, { dev }]) => !dev);
  expect(forUsers.length).toBeGreaterThan(50);
  expect(forUsers.map(([path]) => path).filter((path) => /swagger-ui|scarf/.test(path))).toEqual([]);
});

describe.each(['bun', 'node'] as const)('the installed package on %s', (runtime) => {
  it('serves the page and its files', async () => {
    const project = createProject({
      'main.cjs': `
        const { serve } = require('halyard');
        serve({ unleashUrl: 'http://127.0.0.1:9/api', unleashApiToken: 't', clientKeys: ['k'], enableOAS: true,
          proxyPort: 0, logger: console, refreshInterval: 0 }).then(async (server) => {
          const get = async (path) => (await fetch('http://127.0.0.1:' + server.port + path));
          const page = await (await get('/docs/openapi/')).text();
          const script = await get('/docs/openapi/swagger-ui-bundle.js');
          console.log(JSON.stringify([page.includes('swagger-ui-bundle.js'), script.status,
            script.headers.get('content-type'), (await script.arrayBuffer()).byteLength]));
          await server.close();
          process.exit(0);
        });`,
    });
    const { stdout, stderr } = await project.run(runtime, ['main.cjs']);
    const bundle = readFileSync(join(repositoryRoot, 'node_modules', 'swagger-ui-dist', 'swagger-ui-bundle.js'));
    const answer = stdout.split('\n').find((line) => line.startsWith('['));
    expect(answer, stderr).toBe(JSON.stringify([true, 200, 'text/javascript; charset=utf-8', bundle.length]));
  });
});
