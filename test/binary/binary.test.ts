/** The single binary: built once, started in every mode with the originals' variables, stopped cleanly. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { startSocketUpstream } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { startCollector } from '../otlp/collector.ts';
import { type Server, type StartOptions, startServer } from '../support/server.ts';
import { binaryFile, programCommand, repositoryRoot, type Subject } from '../support/subjects.ts';
import { startUpstream } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { buildBinary, buildMs, type Outcome, run } from './build.ts';

const runSubject = (subject: Subject, args: readonly string[], env: Record<string, string> = {}, cwd = tmpdir()) => {
  const command = programCommand(subject, args);
  return run(command.file, command.args, { ...command.env, ...env }, cwd);
};

const folder = mkdtempSync(join(tmpdir(), 'halyard-binary-'));

beforeAll(buildBinary, buildMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function using(options: StartOptions, use: (server: Server) => Promise<void>): Promise<void> {
  const server = await startServer('halyard-binary', options);
  try {
    await use(server);
  } finally {
    // Throws unless the exit code is 0.
    await server.stop();
  }
}

const demoKey = (server: Server) => eventually('the key', () => /Client key +(\S+)/.exec(server.stdout())?.[1]);
const listening = (server: Server) => eventually('the line', () => server.stdout().includes('listening on port'));

describe('the file', () => {
  it('names no folder of the machine it was built on, and comes with licences', () => {
    expect(readFileSync(binaryFile).includes(repositoryRoot)).toBe(false);
    const licences = readFileSync(join(repositoryRoot, 'build', 'THIRD-PARTY-LICENCES.txt'), 'utf8');
    for (const name of ['ajv ', '@aws-sdk/client-s3 ', 'bun ', 'ioredis ', 'Swagger UI'])
      expect(licences).toContain(name);
    expect(licences).not.toContain('vitest');
  });
});

describe('other systems', () => {
  it('are made of a Bun that package-lock.json names, with its checksum', async () => {
    const { targets }: { targets: Readonly<Record<string, string>> } = await import(
      /* @vite-ignore */ new URL('../../scripts/lib/bun-target.mjs', import.meta.url).href
    );
    const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'));
    for (const name of Object.values(targets)) {
      expect(packages[`node_modules/@oven/${name}`].integrity, name).toMatch(/^sha512-/);
    }
    expect(Object.keys(targets)).toEqual(expect.arrayContaining(['linux-x64', 'linux-arm64', 'darwin-arm64']));
  });

  it('that nobody knows are refused', async () => {
    const script = join(repositoryRoot, 'scripts', 'build-binary.mjs');
    const { code, stderr } = await run(process.execPath, [script, '--target', 'amiga']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no target amiga. Known are: linux-x64,')]);
  });
});

describe('one-shot commands answer as bin/halyard.mjs does', () => {
  it.each([
    [['--version']],
    [['--help']],
    [['edge', '--help']],
    [['--markdown-help']],
    [['nonsense']],
    [['edge']],
    [['edge', '--upstream-url', 'http://u', '--deny-list', '1.2.3.4']],
    [['offline']],
    [['health', '--edge-url', 'http://127.0.0.1:9']],
    [['ready', '--edge-url', 'http://127.0.0.1:9']],
  ])('%j', async (args) => {
    const [binary, program] = await Promise.all([runSubject('halyard-binary', args), runSubject('halyard-bun', args)]);
    expect(binary).toEqual(program);
    expect(binary.stdout + binary.stderr).not.toBe('');
  });

  it('settings that are missing', async () => {
    const [binary, program] = await Promise.all([
      runSubject('halyard-binary', ['proxy']),
      runSubject('halyard-bun', ['proxy']),
    ]);
    const firstLine = ({ stderr }: Outcome) => stderr.split('\n')[0];
    expect(firstLine(binary)).toBe('TypeError: You must specify the unleashUrl option (UNLEASH_URL)');
    expect([binary.code, firstLine(binary)]).toEqual([program.code, firstLine(program)]);
  });

  it('render-config', async () => {
    const { code, stdout } = await runSubject('halyard-binary', ['render-config'], {}, folder);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(folder, 'config.json'), 'utf8'));
    expect(JSON.parse(stdout).server).toEqual(expect.objectContaining({ port: 8000 }));
  });
});

describe('servers', () => {
  it('faults are shown with names that can be read, though the program is compiled', async () => {
    const needed = { UNLEASH_URL: 'http://127.0.0.1:9', UNLEASH_API_TOKEN: 'a', UNLEASH_PROXY_CLIENT_KEYS: 'b' };
    const env = { ...needed, TRUST_PROXY: 'nonsense' };
    await using({ env, args: ['proxy'], waitFor: 'nothing' }, async (server) => {
      await eventually('the error', () => (server.stdout() + server.stderr()).includes('TrustProxyError'));
      expect(server.stdout() + server.stderr()).toContain('at createTrust ');
    });
  });

  it('metrics and spans go to a collector', async () => {
    const collector = await startCollector();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      HALYARD_OTLP_SAMPLE_RATIO: '1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    };
    try {
      await using({ env }, async (server) => {
        const key = await demoKey(server);
        expect((await server.get('/proxy', { authorization: key })).status).toBe(200);
      });
      // At the stop, at the latest.
      expect(collector.spans().map(({ name }) => name)).toContain('GET /proxy');
      expect(collector.metrics().get('halyard_flags')?.gauge?.dataPoints).toHaveLength(1);
    } finally {
      await collector.close();
    }
  });

  it('demo: flags and pages that are inside', async () => {
    await using({}, async (server) => {
      const key = await demoKey(server);
      const answer = await server.get('/proxy?userId=alice', { authorization: key });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(JSON.parse(answer.text).toggles).toContainEqual(expect.objectContaining({ name: 'dark-mode' }));
      const css = await server.get('/docs/openapi/swagger-ui.css');
      expect(css.headers['content-type']).toBe('text/css; charset=utf-8');
      const original = join(repositoryRoot, 'node_modules', 'swagger-ui-dist', 'swagger-ui.css');
      expect(css.text).toBe(readFileSync(original, 'utf8'));
      expect((await server.get('/docs/openapi.yaml')).text).toContain('openapi: 3.0.3');
      expect(server.stdout()).toContain('inside this program');
      expect(server.stderr()).toBe('');
    });
  });

  it('proxy: extensions from files, metrics, and settings that lie around ignored', async () => {
    const upstream = await startUpstream({
      definitions: {
        version: 2,
        features: [{ ...flag('f'), strategies: [{ name: 'wantUser', parameters: { want: '7' } }] }],
      },
    });
    const directory = mkdtempSync(join(folder, 'proxy-'));
    writeFileSync(join(directory, '.env'), 'UNLEASH_PROXY_CLIENT_KEYS=from-dotenv\nENABLE_OAS=true\n');
    writeFileSync(join(directory, 'bunfig.toml'), 'preload = ["./preloaded.js"]\n');
    writeFileSync(join(directory, 'preloaded.js'), 'require("node:fs").writeFileSync("preloaded", "")\n');
    writeFileSync(
      join(directory, 'strategies.cjs'),
      `const { Strategy } = require('unleash-client');
       const { isSame } = require('own-package');
       module.exports = [new (class extends Strategy {
         constructor() { super('wantUser'); }
         isEnabled({ want }, { userId }) { return isSame(userId, want); }
       })()];`,
    );
    // A package of the extension's own, whose parts only its package.json tells.
    const brought = join(directory, 'node_modules', 'own-package');
    mkdirSync(join(brought, 'lib'), { recursive: true });
    writeFileSync(join(brought, 'package.json'), JSON.stringify({ exports: { require: './lib/main.cjs' } }));
    writeFileSync(join(brought, 'lib', 'main.cjs'), 'exports.isSame = (one, other) => one === other;');
    writeFileSync(
      join(directory, 'enrichers.mjs'),
      `await Promise.resolve();
       export default [async (context) => ({ ...context, userId: context.userId.slice(-1) })];`,
    );
    const env = {
      UNLEASH_URL: `${upstream.origin}/api`,
      UNLEASH_API_TOKEN: 'token',
      UNLEASH_PROXY_CLIENT_KEYS: 'key',
      UNLEASH_CUSTOM_STRATEGIES_FILE: 'strategies.cjs',
      EXP_CUSTOM_ENRICHERS_FILE: './enrichers.mjs',
    };
    try {
      await using({ env, directory }, async (server) => {
        const ask = (user: string) => server.get(`/proxy?userId=${user}`, { authorization: 'key' });
        expect(JSON.parse((await ask('number-7')).text).toggles).toMatchObject([{ name: 'f', enabled: true }]);
        expect((await ask('number-8')).text).toBe('{"toggles":[]}');
        const first = await ask('number-7');
        expect(first.headers['access-control-allow-origin']).toBe('*');
        expect(first.headers.etag).toMatch(/^W\/"/);
        expect((await server.get('/proxy', { authorization: 'from-dotenv' })).status).toBe(401);
        expect((await server.get('/docs/openapi/')).status).toBe(404);
        expect((await server.get('/proxy/internal-backstage/prometheus')).text).toMatch(/^# HELP/);
        expect(existsSync(join(directory, 'preloaded'))).toBe(false);
        const health = await runSubject('halyard-binary', ['health'], { ...env, PORT: String(server.port) });
        expect(health).toEqual({ code: 0, stdout: '', stderr: '' });
      });
      const missing = { ...env, UNLEASH_CUSTOM_STRATEGIES_FILE: 'needs-package.cjs' };
      writeFileSync(join(directory, 'needs-package.cjs'), `module.exports = [require('is-odd')];`);
      const refused = await runSubject('halyard-binary', ['proxy'], missing, directory);
      expect([refused.code, refused.stderr.split('\n')[0]]).toEqual([1, expect.stringContaining("'is-odd'")]);
    } finally {
      await upstream.close();
    }
  });

  it('several processes on one port', async () => {
    await using({ args: ['demo'], env: { WORKERS: '2' } }, async (server) => {
      const key = await demoKey(server);
      const workers = () => execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' });
      expect(workers().trim().split('\n')).toHaveLength(2);
      for (let i = 0; i < 10; i++) {
        const answer = await server.get('/proxy?userId=alice', { authorization: key, connection: 'close' });
        expect(JSON.parse(answer.text).toggles).toContainEqual(expect.objectContaining({ name: 'dark-mode' }));
      }
    });
  });

  it('OpenFeature', async () => {
    await using({}, async (server) => {
      const key = await demoKey(server);
      const body = { context: { targetingKey: 'alice' } };
      const headers = { authorization: `Bearer ${key}` };
      const answer = await server.postJson('/ofrep/v1/evaluate/flags/dark-mode', body, headers);
      expect(answer.status, answer.text).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ key: 'dark-mode', value: true });
    });
  });

  it('edge: both APIs, health and ready, S3 and Redis from inside', async () => {
    const upstream = await startSocketUpstream();
    const client = '*:development.client-secret-0001';
    upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.features.set(client, { version: 2, features: [flag('b'), flag('a')] });
    const objects = new Map<string, string>();
    const s3 = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        const key = (request.url ?? '').split('?')[0] ?? '';
        if (request.method === 'PUT') objects.set(key, body);
        response.writeHead(request.method === 'PUT' ? 200 : 404).end();
      });
    });
    await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve));
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true' };
    const bucket = {
      S3_BUCKET_NAME: 'state',
      S3_FORCE_PATH_STYLE: 'true',
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'halyard',
      AWS_SECRET_ACCESS_KEY: 'very-secret',
    };
    try {
      await using({ env: { ...env, ...bucket }, waitFor: 'nothing' }, async (server) => {
        await listening(server);
        const ask = () => server.get('/api/client/features', { authorization: client });
        await eventually('definitions', async () => (await ask()).status === 200);
        const answer = await ask();
        expect(answer.headers['content-type']).toBe('application/json');
        expect(answer.headers.etag).toMatch(/^W\/"/);
        expect(JSON.parse(answer.text)).toMatchObject({ version: 2, features: [{ name: 'a' }, { name: 'b' }] });
        const figures = await server.get('/internal-backstage/metrics');
        expect(figures.text).toContain('http_requests_total{');
        expect((await server.get('/swagger-ui/swagger-ui.css')).headers['content-type']).toContain('text/css');
        const own = { UPSTREAM_URL: upstream.origin, PORT: String(server.port) };
        for (const command of ['health', 'ready']) {
          expect(await runSubject('halyard-binary', [command], own)).toEqual({ code: 0, stdout: '', stderr: '' });
        }
      });
      expect([...objects.keys()].sort()).toEqual([
        '/state//halyard-changes.json',
        '/state//unleash-features.json',
        '/state//unleash-tokens.json',
      ]);
      await using({ args: ['edge', '--redis-url', 'redis://127.0.0.1:9'], env, waitFor: 'nothing' }, async (server) => {
        await listening(server);
        await eventually(
          'a word about Redis',
          () => /redis/i.test(server.stdout()) && /ECONNREFUSED|connect/i.test(server.stdout()),
        );
        expect(server.alive()).toBe(true);
      });
    } finally {
      s3.closeAllConnections();
      s3.close();
      await upstream.close();
    }
  });

  it('offline', async () => {
    const file = join(folder, 'bootstrap.json');
    writeFileSync(file, JSON.stringify({ ready: { enabled: true, variant: 'blue' } }));
    const env = { BOOTSTRAP_FILE: file, CLIENT_TOKENS: '*:development.c', FRONTEND_TOKENS: '*:development.f' };
    await using({ args: ['offline'], env, waitFor: 'nothing' }, async (server) => {
      await listening(server);
      const answer = await server.get('/api/frontend', { authorization: '*:development.f' });
      expect(JSON.parse(answer.text)).toEqual({
        toggles: [
          expect.objectContaining({ name: 'ready', enabled: true, variant: expect.objectContaining({ name: 'blue' }) }),
        ],
      });
      expect(JSON.parse((await server.get('/internal-backstage/ready')).text)).toEqual({ status: 'READY' });
    });
  });

  it('flagsmith, found by its variables', async () => {
    const core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
    try {
      const pairs = keyPairs(['ser.one', 'client1']);
      const server = await startFlagsmith('halyard-binary', core, pairs);
      try {
        const answer = await server.get('/api/v1/flags/?feature=str', { 'x-environment-key': 'client1' });
        expect(answer.headers['content-type']).toBe('application/json');
        expect(JSON.parse(answer.text)).toMatchObject({ feature: { name: 'str' }, enabled: true });
        expect((await server.get('/docs')).text).toContain('Flagsmith API');
        const where = { SERVER: JSON.stringify({ host: '127.0.0.1', port: server.port }), API_URL: core.url };
        for (const command of ['health', 'ready']) {
          const outcome = await runSubject('halyard-binary', [command], { ...pairs, ...where });
          expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
        }
      } finally {
        await server.stop();
      }
    } finally {
      await core.close();
    }
  });
});

describe('in an image', () => {
  it('runs from a copy that only it can read, with a home that does not exist', async () => {
    const copy = join(folder, 'renamed');
    writeFileSync(copy, readFileSync(binaryFile));
    chmodSync(copy, 0o555);
    expect(await run(copy, ['--version'], { HOME: '/nonexistent', PATH: '' }, '/')).toMatchObject({
      code: 0,
      stderr: '',
    });
  });
});
