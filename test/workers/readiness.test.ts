/** Readiness of a group of workers, on both runtimes: what one of them says is true for all, and stays true. */
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { startUpstreamWith } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, listensOn } from '../flagsmith/support/halyard.ts';
import { freePort } from '../support/ports.ts';
import { key, ordinaryEnvironment } from '../support/proxy.ts';
import { type Server, type StartOptions, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { answer, normal, startUpstream } from '../support/upstream.ts';
import { eventually, sleep } from '../support/wait.ts';
import { connectToOneThatAnswers, parentOf, startLoad, workersBelow } from './group.ts';

/** One mode, with an upstream that has no definitions yet. */
interface Scene {
  readonly start: StartOptions;
  /** Paths that tell readiness. */
  readonly ready: readonly string[];
  /** What needs definitions. */
  readonly data: string;
  readonly headers: Record<string, string>;
  /** Lets upstream answer from now on. */
  readonly release: () => void;
  readonly close: () => Promise<void>;
}

const token = '*:development.client-secret-0001';

const modes: Readonly<Record<string, () => Promise<Scene>>> = {
  async 'Unleash Proxy'() {
    const upstream = await startUpstream();
    upstream.behave('features', answer(503));
    return {
      start: { env: { ...ordinaryEnvironment(upstream), WORKERS: '2', UNLEASH_FETCH_INTERVAL: '200' } },
      ready: ['/proxy/health'],
      data: '/proxy',
      headers: key,
      release: () => upstream.behave('features', normal),
      close: () => upstream.close(),
    };
  },
  async 'Unleash Edge'() {
    const upstream = await startUpstreamWith({ version: 2, features: [flag('a')] }, token);
    upstream.fetch = 500;
    const env = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: token,
      STRICT: 'true',
      FEATURES_REFRESH_INTERVAL_SECONDS: '1',
    };
    return {
      start: { env: { ...env, WORKERS: '2', UNLEASH_PROXY_CLIENT_KEYS: 'some-proxy-key' }, args: ['edge'] },
      ready: ['/internal-backstage/ready', '/proxy/health'],
      data: '/api/client/features',
      headers: { authorization: token },
      release: () => {
        upstream.fetch = undefined;
      },
      close: () => upstream.close(),
    };
  },
  async Flagsmith() {
    const core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument({ updated_at: '2026-01-01T00:00:00+00:00' }));
    core.behaviours.set('ser.one', 'error');
    const port = await freePort();
    const polling = { API_URL: core.url, API_POLL_FREQUENCY_SECONDS: '1', API_POLL_TIMEOUT_SECONDS: '10' };
    const env = { ...listensOn(port), ...polling, ...keyPairs(['ser.one', 'client1']), WEB_CONCURRENCY: '2' };
    return {
      start: { env, port },
      ready: ['/proxy/health/readiness', '/proxy/health', '/health'],
      data: '/api/v1/flags/',
      headers: { 'x-environment-key': 'client1' },
      release: () => core.behaviours.set('ser.one', 'good'),
      close: () => core.close(),
    };
  },
};

async function withScene(
  subject: Parameters<typeof startServer>[0],
  mode: string,
  use: (scene: Scene, server: Server) => Promise<void>,
): Promise<void> {
  const scene = await (modes[mode] as () => Promise<Scene>)();
  let server: Server | undefined;
  try {
    server = await startServer(subject, { ...scene.start, waitFor: 'nothing' });
    // Printed when all workers listen.
    const listening = () => /is listening|Uvicorn running/.test(`${server?.stdout()}${server?.stderr()}`);
    await eventually('all to listen', listening);
    await use(scene, server);
  } finally {
    await server?.stop();
    await scene.close();
  }
}

describe.concurrent.each(halyards())('readiness of workers: %s', (subject) => {
  it.each(Object.keys(modes))('no worker is ready before all hold the definitions: %s', async (mode) => {
    await withScene(subject, mode, async ({ ready, data, headers, release }, server) => {
      const [, stopped = 0] = await workersBelow(server.pid, 2);
      process.kill(stopped, 'SIGSTOP');
      try {
        const connection = await connectToOneThatAnswers(server.port, ready[0] ?? '');
        const tell = () => Promise.all(ready.map((path) => connection.status(path)));
        const none = ready.map(() => 503);
        expect(await tell()).toEqual(none);
        release();
        await eventually('definitions in the worker that runs', async () => {
          return (await connection.status(data, headers)) === 200;
        });
        // Workers of Flagsmith hear every second that what they have is fresh.
        await sleep(1_500);
        for (let i = 0; i < 3; i++) expect(await tell()).toEqual(none);
        process.kill(stopped, 'SIGCONT');
        await eventually('all to be ready', async () => (await tell()).every((status) => status === 200));
        for (let i = 0; i < 12; i++) {
          for (const path of ready) expect((await server.get(path)).status).toBe(200);
          expect((await server.get(data, headers)).status).toBe(200);
        }
        connection.close();
      } finally {
        process.kill(stopped, 'SIGCONT');
      }
    });
  });

  it.each(Object.keys(modes))('a group that is ready stays so while workers are replaced: %s', async (mode) => {
    await withScene(subject, mode, async ({ ready, data, headers, release }, server) => {
      release();
      await eventually('readiness', async () => (await server.get(ready[0] ?? '')).status === 200);
      // Each request on a connection of its own: a worker that comes gets some of the first. It has to get there, too.
      const clients = { clients: 2, keepAlive: false, pauseMs: 5 };
      const loads = [
        ...ready.map((path) => startLoad(server.port, path, {}, clients)),
        startLoad(server.port, data, headers, clients),
      ];
      const [killed = 0] = await workersBelow(server.pid, 2);
      process.kill(killed, 'SIGKILL');
      await eventually('the replacement', async () => {
        const now = await workersBelow(server.pid, 2);
        return !now.includes(killed) && /listens again/.test(server.stdout() + server.stderr());
      });
      const [worker = 0] = await workersBelow(server.pid, 2);
      process.kill(await parentOf(worker), 'SIGHUP');
      const replaced = () => /All workers were replaced/.test(server.stdout() + server.stderr());
      await eventually('all to be replaced', replaced);
      for (const load of loads) {
        const before = load.answered();
        await eventually('more answers', () => load.answered() > before + 5);
        await load.stop();
        // Connections that a worker had when it ended may break; no answer is a refusal.
        expect(load.failures().filter((failure) => /^\d+$/.test(failure))).toEqual([]);
      }
    });
  });
});
