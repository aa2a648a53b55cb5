/** A start without upstream: what was kept in a folder, a real Redis or a real S3 server serves the same answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentDocument, identityRequests, keys } from '../../bench/flagsmith-datasets.mjs';
import { componentOrSkip, goProgram } from '../support/components.ts';
import { freePort } from '../support/ports.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import type { Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes, startFlagsmith } from './support/halyard.ts';

const { server: serverKey, client: clientKey } = keys('realistic');
const pairs = keyPairs([serverKey, clientKey]);
const purpose = 'the restart of the Flagsmith mode with state in Redis';
const redisMissing = !componentOrSkip('redis', purpose);
const s3Missing = !componentOrSkip('versitygw', 'the restart of the Flagsmith mode with state in a bucket');

async function answers(server: Server): Promise<string[]> {
  const headers = { 'x-environment-key': clientKey };
  const replies = [await server.get('/api/v1/flags/', headers)];
  for (const body of identityRequests('realistic', 5)) {
    replies.push(await server.postJson('/api/v1/identities/', body, headers));
  }
  replies.push(await server.get('/api/v1/environment-document/', { 'x-environment-key': serverKey }));
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  return replies.map(({ text }) => text);
}

describe.each(runtimes())('kept documents, %s', (subject) => {
  let core: CoreApi;
  let folder: string;
  let redis: RedisServer | undefined;

  beforeAll(async () => {
    core = await CoreApi.start();
    core.documents.set(serverKey, JSON.stringify({ ...environmentDocument('realistic'), name: 'é☃😀' }));
    folder = await mkdtemp(join(tmpdir(), 'halyard-state-'));
    if (!redisMissing) redis = await startRedis(['requirepass hush']);
  });
  afterAll(async () => {
    await core?.close();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const restart = async (state: string, more: Record<string, string> = {}): Promise<void> => {
    core.behaveAll('good');
    const env = { ...pairs, HALYARD_FLAGSMITH_STATE: state, ...more };
    const first = await startFlagsmith(subject, core, env);
    const before = await answers(first);
    await first.stop();
    for (const behaviour of ['error', 'slow'] as const) {
      core.behaveAll(behaviour);
      const from = Date.now();
      // It would not be ready in time if it waited for upstream.
      // Young enough, however long the starts take.
      const grace = { HEALTH_CHECK: '{"environment_update_grace_period_seconds":600}' };
      const second = await startFlagsmith(subject, core, { ...env, ...grace, API_POLL_TIMEOUT_SECONDS: '600' });
      expect(await answers(second)).toEqual(before);
      const health = JSON.parse((await second.get('/proxy/health/readiness')).text);
      expect(health).toMatchObject({ status: 'ok', reason: null });
      expect(Date.parse(health.last_successful_update)).toBeLessThan(from);
      expect(second.stdout() + second.stderr()).not.toMatch(/hush|ser\.bench/);
      await second.stop();
    }
    core.behaveAll('error');
    const grace = { HEALTH_CHECK: '{"environment_update_grace_period_seconds":0}' };
    const third = await startFlagsmith(subject, core, { ...env, ...grace }, { waitFor: 'listening' });
    await eventually('staleness', async () => {
      const { status, text } = await third.get('/health');
      return status === 503 && JSON.parse(text).reason === 'environment document(s) stale.';
    });
    expect(await answers(third)).toEqual(before);
    core.behaveAll('good');
    await eventually('freshness', async () => (await third.get('/health')).status === 200);
    await third.stop();
  };

  it('in a folder', async () => {
    await restart(folder);
    const files = await readdir(folder);
    expect(files).toHaveLength(2);
    for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(redisMissing)(`in Redis${redisMissing ? ' (skipped: not installed)' : ''}`, () =>
    restart(`redis://:hush@127.0.0.1:${redis!.port}/2`),
  );

  it.skipIf(s3Missing)(`in a bucket${s3Missing ? ' (skipped: versitygw is not installed)' : ''}`, async () => {
    const port = await freePort();
    const root = join(folder, 's3');
    await mkdir(join(root, 'flags'), { recursive: true });
    await mkdir(join(folder, 'side'));
    const env = { ROOT_ACCESS_KEY: 'halyard', ROOT_SECRET_KEY: 'hush', PATH: process.env.PATH };
    const flags = ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', join(folder, 'side'), root];
    const gateway: ChildProcess = spawn(goProgram('versitygw')!, flags, { env, stdio: 'ignore' });
    try {
      await eventually('the S3 server', () => fetch(`http://127.0.0.1:${port}/`).then(() => true));
      await restart('s3://flags?path-style', {
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'halyard',
        AWS_SECRET_ACCESS_KEY: 'hush',
      });
    } finally {
      gateway.kill('SIGKILL');
      await rm(root, { recursive: true, force: true });
      await rm(join(folder, 'side'), { recursive: true, force: true });
    }
  });

  it('hold the environments that a proxy key found, too', async () => {
    const own = await mkdtemp(join(tmpdir(), 'halyard-state-'));
    const keysOf = [{ key: serverKey, active: true, expires_at: null }];
    core.behaveAll('good');
    core.discovery = JSON.stringify([{ client_side_key: clientKey, server_side_keys: keysOf }]);
    const env = { HALYARD_FLAGSMITH_PROXY_KEY: 'pk.hush', HALYARD_FLAGSMITH_STATE: own };
    const first = await startFlagsmith(subject, core, env);
    const before = await answers(first);
    await first.stop();
    const reported = core
      .posted('/proxy/usage/')
      .flatMap((body) => JSON.parse(body) as { readonly resource: string; readonly count: number }[]);
    const ofIdentities = reported.filter(({ resource }) => resource === 'identities');
    expect(ofIdentities.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    core.discovery = null;
    core.behaveAll('error');
    const second = await startFlagsmith(subject, core, env);
    expect(await answers(second)).toEqual(before);
    expect(second.stderr()).not.toMatch(/pk\.hush|ser\.bench/);
    await second.stop();
    await rm(own, { recursive: true, force: true });
  });

  it('that are damaged, or a store that is down, leave only the start without upstream', async () => {
    const own = await mkdtemp(join(tmpdir(), 'halyard-state-'));
    core.behaveAll('good');
    await (await startFlagsmith(subject, core, { ...pairs, HALYARD_FLAGSMITH_STATE: own })).stop();
    const files = await readdir(own);
    expect(files).toHaveLength(2);
    for (const file of files) await writeFile(join(own, file), '{"saved_at":"x","document":');
    for (const state of [own, 'redis://127.0.0.1:1/0']) {
      const server = await startFlagsmith(subject, core, { ...pairs, HALYARD_FLAGSMITH_STATE: state });
      await answers(server);
      expect(server.stderr()).toMatch(/kept_documents?_unusable/);
      await server.stop();
    }
    await rm(own, { recursive: true, force: true });
  });

  it('are not kept where there is no place for them, which is told; flags are served', async () => {
    core.behaveAll('good');
    const missing = join(folder, 'missing');
    const server = await startFlagsmith(subject, core, { ...pairs, HALYARD_FLAGSMITH_STATE: missing });
    await answers(server);
    expect(server.stderr()).toContain(
      `No state is kept: HALYARD_FLAGSMITH_STATE: ${missing} cannot be used: it does not exist (ENOENT)`,
    );
    await server.stop();
  });
});
