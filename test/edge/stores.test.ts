/** The command with shared stores: state survives a restart without upstream, and a store that is away holds nobody up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { componentOrSkip, goProgram } from '../support/components.ts';
import { freePort } from '../support/ports.ts';
import { command, startCluster, startRedis, startSentinel } from '../support/redis.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { flag } from './harness.ts';
import { type SocketUpstream, startSocketUpstream } from './socket-upstream.ts';

const client = '*:development.client-secret-0001';
const frontend = '*:development.frontend-secret-02';
const withRedis = componentOrSkip('redis', 'the command with state in a real Redis');
const withS3 = componentOrSkip('versitygw', 'the command with state in a real S3-compatible server');

const cleanUp: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

async function startUpstream(): Promise<SocketUpstream> {
  const upstream = await startSocketUpstream();
  cleanUp.push(() => upstream.close());
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('b'), flag('a', 'other')] });
  return upstream;
}

async function withEdge(
  subject: Subject,
  env: Readonly<Record<string, string>>,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
  try {
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
    await use(server);
  } finally {
    const { code } = await server.stop();
    expect(server.stdout() + server.stderr()).not.toMatch(/-secret-0|store-password/);
    expect(code, server.stdout() + server.stderr()).toBe(0);
  }
}

const ask = (server: Server) => server.get('/api/frontend', { authorization: frontend });
const served = (server: Server) => eventually('definitions', async () => (await ask(server)).status === 200);

/** Two runs, the second one without upstream: the answers are the same. */
async function survives(subject: Subject, store: Readonly<Record<string, string>>): Promise<void> {
  const upstream = await startUpstream();
  const env = { UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true', ...store };
  let before = '';
  await withEdge(subject, env, async (server) => {
    await served(server);
    before = (await ask(server)).text;
  });
  upstream.validate = 503;
  upstream.fetch = 'network';
  await withEdge(subject, env, async (server) => {
    await served(server);
    expect((await ask(server)).text).toBe(before);
    expect(JSON.parse(before).toggles).toHaveLength(2);
    expect((await server.get('/internal-backstage/ready')).status).toBe(200);
  });
}

describe.each(halyards())('%s', (subject) => {
  test.runIf(withRedis)('keeps state in Redis', async () => {
    const redis = await startRedis(['requirepass store-password']);
    cleanUp.push(() => redis.stop());
    await survives(subject, { REDIS_URL: `redis://127.0.0.1:${redis.port}`, REDIS_PASSWORD: 'store-password' });
  });

  test.runIf(withRedis)('keeps state with the master that Sentinels name', async () => {
    const master = await startRedis(['requirepass store-password']);
    cleanUp.push(() => master.stop());
    const sentinels = [];
    for (let count = 0; count < 2; count++) {
      const sentinel = await startSentinel(master.port, ['sentinel auth-pass mymaster store-password']);
      cleanUp.push(() => sentinel.stop());
      sentinels.push(sentinel);
    }
    // One that is not there: the others are asked.
    const places = ['127.0.0.1:9', ...sentinels.map(({ port }) => `127.0.0.1:${port}`)];
    await survives(subject, { REDIS_URL: `redis-sentinel://:store-password@${places.join(',')}/1#mymaster` });
  });

  test.runIf(withRedis)('keeps state in a Redis Cluster', async () => {
    const nodes = await startCluster();
    cleanUp.push(async () => {
      for (const node of nodes) await node.stop();
    });
    const urls = nodes.map(({ port }) => `redis://127.0.0.1:${port}`);
    await survives(subject, { REDIS_MODE: 'cluster', REDIS_URL: urls.join(',') });
  });

  test.runIf(withRedis)('serves while Redis is away, says so, and keeps state once it is there', async () => {
    const upstream = await startUpstream();
    const port = await freePort();
    const env = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: client,
      STRICT: 'true',
      REDIS_URL: `redis://127.0.0.1:${port}`,
    };
    await withEdge(subject, env, async (server) => {
      await served(server);
      await eventually('a word about it', () => /Redis 127\.0\.0\.1:\d+.*ECONNREFUSED/.test(server.stdout()));
      const redis = await startRedis([], { port });
      cleanUp.push(() => redis.stop());
      expect((await ask(server)).status).toBe(200);
    });
    expect(await command(port, 'get', 'unleash-tokens')).toContain(client);
    expect(await command(port, 'get', 'unleash-features')).toContain('"a"');
  });

  test('starts with the tokens when the kept features are broken: clients are told to wait, not refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halyard-folder-'));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    const upstream = await startUpstream();
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true', BACKUP_FOLDER: folder };
    await withEdge(subject, env, async (server) => void (await served(server)));
    writeFileSync(join(folder, 'unleash_features.json'), '[["development",{"ver');
    upstream.validate = 503;
    upstream.fetch = 'network';
    await withEdge(subject, env, async (server) => {
      expect((await ask(server)).status).toBe(511);
      await eventually('a word about it', () => server.stdout().includes('unleash-features in folder'));
    });
    expect(JSON.parse(readFileSync(join(folder, 'unleash_tokens.json'), 'utf8'))).toHaveLength(2);
  });

  test.each(['1', '2'])(
    'keeps what start-up tokens fetched soon, long before the first minute: %s workers',
    async (workers) => {
      const folder = mkdtempSync(join(tmpdir(), 'halyard-folder-'));
      cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
      const upstream = await startUpstream();
      const env = {
        UPSTREAM_URL: upstream.origin,
        TOKENS: client,
        STRICT: 'true',
        BACKUP_FOLDER: folder,
        WORKERS: workers,
      };
      const kept = (name: string) => eventually(name, async () => readFileSync(join(folder, name), 'utf8'));
      await withEdge(subject, env, async () => {
        expect(JSON.parse(await kept('unleash_tokens.json'))).toMatchObject([{ token: client, status: 'Validated' }]);
        const [[environment, { features }]] = JSON.parse(await kept('unleash_features.json'));
        expect([environment, features.map(({ name }: { name: string }) => name)]).toEqual(['development', ['a', 'b']]);
      });
    },
  );

  test('says soon after the start that a folder cannot be written to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halyard-folder-'));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'unleash_features.json'));
    const upstream = await startUpstream();
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true', BACKUP_FOLDER: folder };
    await withEdge(subject, env, async (server) => {
      const said = () => server.stdout().includes('The features could not be kept in folder');
      await eventually('a word about the folder', said);
    });
  });

  test.runIf(withS3)('keeps state in an S3 bucket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'halyard-s3-'));
    cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
    const port = await freePort();
    const [root, side] = [join(directory, 'root'), join(directory, 'side')];
    mkdirSync(join(root, 'state-of-edge'), { recursive: true });
    mkdirSync(side);
    const flags = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', side, root];
    const credentials = { ROOT_ACCESS_KEY: 'halyard', ROOT_SECRET_KEY: 'store-password' };
    const s3: ChildProcess = spawn(goProgram('versitygw') as string, flags, { env: credentials, stdio: 'ignore' });
    cleanUp.push(() => void s3.kill('SIGKILL'));
    await eventually('the S3 server', () => fetch(`http://127.0.0.1:${port}/`).then(() => true));
    await survives(subject, {
      S3_BUCKET_NAME: 'state-of-edge',
      S3_FORCE_PATH_STYLE: 'true',
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'halyard',
      AWS_SECRET_ACCESS_KEY: 'store-password',
    });
  });
});
