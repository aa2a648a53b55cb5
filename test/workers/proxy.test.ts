/** Unleash Proxy mode with several workers, on both runtimes: counts and answers, never times. */
import { describe, expect, it } from 'vitest';
import { fixture } from '../support/golden.ts';
import { key, withProxy } from '../support/proxy.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { answer } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { parentOf, readFamily, startLoad, workerProcesses } from './group.ts';

const page = '/proxy/internal-backstage/prometheus';
const workers = 2;
const env = { WORKERS: String(workers), UNLEASH_FETCH_INTERVAL: '300', UNLEASH_METRICS_INTERVAL: '500' };
const flags = (...names: string[]) => ({
  version: 2,
  features: names.map((name) => ({ name, enabled: true, strategies: [{ name: 'default' }], variants: [] })),
});

interface Report {
  readonly bucket: { readonly toggles: Record<string, { readonly yes: number; readonly no: number }> };
}

describe.each(halyards())('Unleash Proxy with workers: %s', (subject) => {
  it('answers are those of one process; upstream is polled and told once; counts of all workers add up', async () => {
    await withProxy(subject, { env: { ...env, UNLEASH_FETCH_INTERVAL: '60000' } }, async ({ server, upstream }) => {
      const processes = await workerProcesses(server, page, workers);
      expect(new Set([...processes.values(), server.pid]).size).toBe(workers + 1);
      const bodies = new Set<string>();
      for (let i = 0; i < 30; i++) bodies.add((await server.get('/proxy?userId=7', key)).text);
      expect(bodies.size).toBe(1);
      expect(JSON.parse([...bodies][0] ?? '').toggles.length).toBeGreaterThan(0);
      expect(upstream.of('features')).toHaveLength(1);
      await eventually('a registration', () => upstream.of('register').length === 1);
      const { text } = await server.get(page);
      expect(readFamily(text, 'halyard_requests_total').get('endpoint="enabled",status="200"')).toBe(30);
      expect(readFamily(text, 'halyard_worker_definitions_revision').size).toBe(workers);
      expect(readFamily(text, 'halyard_worker_resident_memory_bytes').size).toBe(workers);
      expect(readFamily(text, 'unleash_proxy_up').get('')).toBe(1);
      expect(server.stdout().match(/is listening on port/g)).toHaveLength(1);
    });
  });

  it('usage that workers counted reaches upstream whole, the rest of it when the group stops', async () => {
    await withProxy(subject, { env, definitions: flags('a') }, async ({ server, upstream }) => {
      const sent = 60;
      const body = { context: {}, toggles: ['a'] };
      for (let i = 0; i < sent; i++) await server.postJson('/proxy', body, key);
      const counted = () =>
        upstream
          .of('metrics')
          .map((request) => (JSON.parse(request.body) as Report).bucket.toggles.a?.yes ?? 0)
          .reduce((sum, yes) => sum + yes, 0);
      await eventually('some usage', () => counted() > 0);
      for (let i = 0; i < sent; i++) await server.postJson('/proxy', body, key);
      await server.stop();
      expect(counted()).toBe(2 * sent);
    });
  });

  it('a change reaches all workers, also one that starts later', async () => {
    await withProxy(subject, { env, definitions: flags('a') }, async ({ server, upstream }) => {
      const processes = await workerProcesses(server, page, workers);
      upstream.setDefinitions(flags('a', 'b'));
      const sees = async (count: number) => {
        for (let i = 0; i < 12; i++) {
          if (JSON.parse((await server.get('/proxy', key)).text).toggles.length !== count) return false;
        }
        return true;
      };
      await eventually('both workers to know it', () => sees(2));
      upstream.behave('features', answer(503));
      for (const [labels, pid] of processes) {
        process.kill(pid, 'SIGKILL');
        const id = /\d+/.exec(labels)?.[0];
        await eventually('another worker', () => server.stdout().includes(`Worker ${id} listens again`));
      }
      const now = await workerProcesses(server, page, workers);
      expect([...now.values()].filter((pid) => [...processes.values()].includes(pid))).toEqual([]);
      expect(await sees(2)).toBe(true);
      expect(server.stderr() + server.stdout()).toMatch(/Worker 1 ended \(SIGKILL\); it is replaced now/);
    });
  });

  it('a worker that is killed under load costs its own connections and nothing else', async () => {
    await withProxy(subject, { env, definitions: fixture('main') }, async ({ server }) => {
      const before = await workerProcesses(server, page, workers);
      const load = startLoad(server.port, '/proxy?userId=7', key, { clients: 8 });
      await eventually('load', () => load.answered() > 200);
      process.kill([...before.values()][0] ?? 0, 'SIGKILL');
      const after = await eventually('another worker', async () => {
        const now = await workerProcesses(server, page, workers).catch(() => undefined);
        return now !== undefined && ![...now.values()].includes([...before.values()][0] ?? 0) ? now : undefined;
      });
      const answered = load.answered();
      await eventually('more answers', () => load.answered() > answered + 200);
      await load.stop();
      expect([...after.values()]).toContain([...before.values()][1]);
      // At most one request was under way on each of the connections that broke.
      expect(load.failures().length).toBeLessThanOrEqual(8);
      expect(load.failures().filter((failure) => /^\d+$/.test(failure))).toEqual([]);
    });
  });

  it('SIGHUP replaces all workers without a failed request', async () => {
    await withProxy(subject, { env, definitions: fixture('main') }, async ({ server, upstream }) => {
      const before = await workerProcesses(server, page, workers);
      const load = startLoad(server.port, '/proxy?userId=7', key);
      await eventually('load', () => load.answered() > 200);
      process.kill(server.pid, 'SIGHUP');
      await eventually('all to be replaced', () =>
        (server.stdout() + server.stderr()).includes('All workers were replaced'),
      );
      const answered = load.answered();
      await eventually('more answers', () => load.answered() > answered + 200);
      await load.stop();
      expect(load.failures()).toEqual([]);
      const after = await workerProcesses(server, page, workers);
      expect([...after.values()].filter((pid) => [...before.values()].includes(pid))).toEqual([]);
      // Counters go on: Prometheus would take a step back for a restart of everything.
      const { text } = await server.get(page);
      expect(readFamily(text, 'halyard_worker_replacements_total').get('worker="1"')).toBe(1);
      expect(upstream.of('register')).toHaveLength(1);
    });
  });

  it('workers end with their primary, however it ends', async () => {
    await withProxy(subject, { env }, async ({ server }) => {
      const processes = await workerProcesses(server, page, workers);
      // With Bun the program that was started is a launcher on this version of Node.
      process.kill(await parentOf([...processes.values()][0] ?? 0), 'SIGKILL');
      await server.exit;
      await eventually('the workers to end', () => [...processes.values()].every((pid) => !isRunning(pid)));
    });
  });

  it('a taken port is an error, and no worker stays', async () => {
    await withProxy(subject, { env }, async ({ server, upstream }) => {
      const second = await startServer(subject, {
        port: server.port,
        waitFor: 'nothing',
        env: {
          ...env,
          UNLEASH_URL: `${upstream.origin}/api`,
          UNLEASH_API_TOKEN: 'x',
          UNLEASH_PROXY_CLIENT_KEYS: 'x',
        },
      });
      expect((await second.exit).code).toBe(1);
      expect(second.stderr()).toContain('EADDRINUSE');
      await second.stop();
      expect((await server.get('/proxy', key)).status).toBe(200);
    });
  });
});

describe.each(halyards())('WORKERS: %s', (subject) => {
  it('is refused with advice when it is no number', async () => {
    const server = await startServer(subject, { env: { WORKERS: 'many' }, waitFor: 'nothing' });
    expect((await server.exit).code).toBe(1);
    expect(server.stderr()).toContain('WORKERS is "many": give a number from 1 to 256, or auto for one per core');
    await server.stop();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
