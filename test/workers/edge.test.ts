/** Unleash Edge mode with several workers, on both runtimes: counts and answers, never times. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { type SocketUpstream, startUpstreamWith } from '../edge/socket-upstream.ts';
import { temporaryDirectory } from '../real/support/processes.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { readFamily, startLoad, workerProcesses } from './group.ts';

const client = '*:development.client-secret-0001';
const frontend = '*:development.frontend-secret-02';
const page = '/internal-backstage/metrics';
const workers = 2;

async function withEdge(
  subject: Subject,
  env: Readonly<Record<string, string>>,
  use: (server: Server, upstream: SocketUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstreamWith({ version: 2, features: [flag('a')] }, client, frontend);
  const server = await startServer(subject, {
    env: { WORKERS: String(workers), UPSTREAM_URL: upstream.origin, TOKENS: client, STRICT: 'true', ...env },
    args: ['edge'],
    waitFor: 'nothing',
  });
  try {
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
    await use(server, upstream);
  } finally {
    const { code } = await server.stop();
    await upstream.close();
    expect(server.stdout() + server.stderr()).not.toContain('-secret-0');
    expect(code, server.stdout() + server.stderr()).toBe(0);
  }
}

/** Edge mode, or offline mode with the same flag. */
async function withMode(subject: Subject, mode: string, use: (server: Server) => Promise<void>): Promise<void> {
  if (mode === 'edge') return withEdge(subject, {}, use);
  const home = await temporaryDirectory('edge-workers');
  const file = join(home.path, 'flags.json');
  await writeFile(file, JSON.stringify({ version: 2, features: [flag('a')] }));
  const env = {
    WORKERS: String(workers),
    BOOTSTRAP_FILE: file,
    FRONTEND_TOKENS: 'any-offline-token',
    CLIENT_TOKENS: 'c',
  };
  const server = await startServer(subject, { env, args: ['offline'], waitFor: 'nothing' });
  try {
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
    await use(server);
  } finally {
    await server.stop();
    await home.remove();
  }
}

const asked = (upstream: SocketUpstream, path: string) => upstream.requests.filter(({ url }) => url.endsWith(path));
const names = (text: string, list: string) => (JSON.parse(text)[list] as { name: string }[]).map(({ name }) => name);

describe.each(halyards())('Unleash Edge with workers: %s', (subject) => {
  it('tokens are validated once for all, definitions fetched once, also for workers that come later', async () => {
    await withEdge(subject, { FEATURES_REFRESH_INTERVAL_SECONDS: '3600' }, async (server, upstream) => {
      const before = await workerProcesses(server, page, workers);
      for (let i = 0; i < 20; i++) {
        const reply = await server.get('/api/frontend?userId=7', { authorization: frontend });
        expect([reply.status, names(reply.text, 'toggles')]).toEqual([200, ['a']]);
        const refused = await server.get('/api/frontend', { authorization: '*:development.wrong-secret-0003' });
        expect(refused.status).toBe(403);
      }
      process.kill([...before.values()][0] ?? 0, 'SIGKILL');
      await eventually('another worker', async () => {
        const now = await workerProcesses(server, page, workers);
        return ![...now.values()].includes([...before.values()][0] ?? 0);
      });
      for (let i = 0; i < 20; i++) {
        expect((await server.get('/api/frontend?userId=7', { authorization: frontend })).status).toBe(200);
        expect((await server.get('/api/client/features', { authorization: client })).status).toBe(200);
      }
      const questions = asked(upstream, '/edge/validate').map(({ body }) => JSON.parse(body ?? '').tokens as string[]);
      for (const token of [client, frontend, '*:development.wrong-secret-0003']) {
        expect(questions.filter((tokens) => tokens.includes(token))).toHaveLength(1);
      }
      expect(asked(upstream, '/client/features')).toHaveLength(1);
      expect(asked(upstream, '/client/register')).toHaveLength(1);
      await eventually('the figures of all workers', async () => {
        const { text } = await server.get(page);
        return readFamily(text, 'halyard_worker_definitions_revision').size === workers;
      });
    });
  });

  it.each([401, 403])('workers answer as one process does while upstream says %i, and after', async (refusal) => {
    await withEdge(subject, { FEATURES_REFRESH_INTERVAL_SECONDS: '1' }, async (server, upstream) => {
      const ask = async () => {
        const replies = await Promise.all(
          Array.from({ length: 10 }, () => server.get('/api/client/features', { authorization: client })),
        );
        return new Set(
          replies.map(({ status, text }) => `${status} ${status === 200 ? names(text, 'features') : text}`),
        );
      };
      const all = (answer: string) => async () => {
        const answers = await ask();
        return answers.size === 1 && [...answers][0]?.startsWith(answer) ? answers : undefined;
      };
      await eventually('flags', all('200 a'));
      upstream.fetch = refusal;
      const before = asked(upstream, '/client/features').length;
      const refused = /^403 .*not subsumed by any registered tokens/;
      await eventually('refusals of all workers', all('403 '));
      // Through several attempts of the primary.
      await eventually('more attempts', async () => {
        for (const answer of await ask()) expect(answer).toMatch(refused);
        return asked(upstream, '/client/features').length >= before + 3;
      });
      upstream.fetch = undefined;
      upstream.features.set(client, { version: 2, features: [flag('b')] });
      const seen = new Set<string>();
      await eventually('flags again', async () => {
        const answers = await ask();
        for (const answer of answers) seen.add(answer);
        return answers.size === 1 && answers.has('200 b');
      });
      for (const answer of seen) expect(answer).toMatch(/^200 b$|^403 .*not subsumed/);
      const lines = `${server.stdout()}${server.stderr()}`.split('\n');
      const told = lines.filter((line) => line.includes('is not used for fetching any more'));
      // One line for each attempt of the primary, and none of the workers.
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThanOrEqual(asked(upstream, '/client/features').length - before);
    });
  });

  it('workers are silent about an upstream that fails, and take what it says after', async () => {
    await withEdge(subject, { FEATURES_REFRESH_INTERVAL_SECONDS: '1' }, async (server, upstream) => {
      upstream.fetch = 500;
      const before = asked(upstream, '/client/features').length;
      await eventually('failures', () => asked(upstream, '/client/features').length >= before + 2);
      expect((await server.get('/api/client/features', { authorization: client })).status).toBe(200);
      upstream.fetch = undefined;
      upstream.features.set(client, { version: 2, features: [flag('b')] });
      await eventually('the change', async () => {
        const replies = await Promise.all(
          Array.from({ length: 10 }, () => server.get('/api/client/features', { authorization: client })),
        );
        return replies.every(({ text }) => names(text, 'features')[0] === 'b');
      });
      const lines = `${server.stdout()}${server.stderr()}`.split('\n');
      const told = lines.filter((line) => line.includes('upstream says 500'));
      expect(told.length).toBeGreaterThan(0);
      expect(told.length).toBeLessThanOrEqual(asked(upstream, '/client/features').length - before);
    });
  });

  it.each(['edge', 'offline'])(
    'figures stand under one instance id, also after a worker was replaced: %s',
    async (mode) => {
      await withMode(subject, mode, async (server) => {
        const token = mode === 'edge' ? frontend : 'any-offline-token';
        const ask = async () => {
          for (let i = 0; i < 20; i++)
            expect((await server.get('/api/frontend', { authorization: token })).status).toBe(200);
        };
        await ask();
        // A worker's last second is lost with it.
        const counted = async (least: number) => {
          const { text } = await server.get(page);
          const rows = [...readFamily(text, 'http_requests_total')].filter(([labels]) =>
            labels.includes('/api/frontend'),
          );
          return rows.reduce((sum, [, count]) => sum + count, 0) >= least ? rows : undefined;
        };
        await eventually('20 requests to be counted', () => counted(20));
        const before = await workerProcesses(server, page, workers);
        for (const id of before.values()) process.kill(id, 'SIGKILL');
        await eventually('other workers', async () => {
          const { text } = await server.get(page);
          const now = [...readFamily(text, 'halyard_worker_process_id').values()];
          return now.length === workers && now.every((id) => ![...before.values()].includes(id));
        });
        await ask();
        expect(await eventually('40 requests to be counted', () => counted(40))).toHaveLength(1);
      });
    },
  );

  it('a change and a revoked token reach all workers', async () => {
    const env = { FEATURES_REFRESH_INTERVAL_SECONDS: '1', TOKEN_REVALIDATION_INTERVAL_SECONDS: '1' };
    await withEdge(subject, env, async (server, upstream) => {
      const all = async (expected: (status: number, text: string) => boolean) => {
        for (let i = 0; i < 12; i++) {
          const reply = await server.get('/api/frontend', { authorization: frontend });
          if (!expected(reply.status, reply.text)) return false;
        }
        return true;
      };
      expect(await all((status, text) => status === 200 && names(text, 'toggles').length === 1)).toBe(true);
      upstream.features.set(client, { version: 2, features: [flag('a'), flag('b')] });
      await eventually('the change', () =>
        all((status, text) => status === 200 && names(text, 'toggles').length === 2),
      );
      upstream.tokens.delete(frontend);
      await eventually('the refusal', () => all((status) => status === 403));
    });
  });

  it('usage reaches upstream whole, and pages show the group', async () => {
    await withEdge(subject, { METRICS_INTERVAL_SECONDS: '1' }, async (server, upstream) => {
      const sent = 40;
      const report = (yes: number) => ({
        appName: 'web',
        instanceId: 'i',
        bucket: { start: '2026-01-01T00:00:00Z', stop: '2026-01-01T00:01:00Z', toggles: { a: { yes, no: 1 } } },
      });
      const counted = () =>
        asked(upstream, '/metrics/bulk')
          .flatMap(({ body }) => JSON.parse(body ?? '').metrics as { yes: number; no: number }[])
          .reduce((sum, { yes, no }) => [sum[0] + yes, sum[1] + no] as [number, number], [0, 0] as [number, number]);
      for (let i = 0; i < sent; i++) {
        const reply = await server.postJson('/api/frontend/client/metrics', report(3), { authorization: frontend });
        expect(reply.status).toBe(202);
      }
      await eventually('some of it', () => counted()[0] > 0);
      const { text } = await server.get(page);
      const usage = readFamily(text, 'feature_toggle_usage_total');
      expect([...usage.values()].reduce((sum, value) => sum + value, 0)).toBe(sent * 4);
      expect(
        names(
          JSON.stringify(JSON.parse((await server.get('/internal-backstage/features')).text).development),
          'features',
        ),
      ).toEqual(['a']);
      expect((await server.get('/internal-backstage/ready')).text).toContain('READY');
      await server.stop();
      expect(counted()).toEqual([sent * 3, sent]);
    });
  });

  it('SIGHUP under load: no failed request, streams end and others take over', async () => {
    await withEdge(subject, {}, async (server) => {
      await workerProcesses(server, page, workers);
      const load = startLoad(server.port, '/api/frontend?userId=7', { authorization: frontend });
      await eventually('load', () => load.answered() > 200);
      process.kill(server.pid, 'SIGHUP');
      await eventually('all to be replaced', () => server.stdout().includes('All workers were replaced'));
      await load.stop();
      expect(load.failures()).toEqual([]);
    });
  });

  it('without --strict, a token that one worker met is known to the others', async () => {
    const env = { TOKENS: '', STRICT: 'false', DYNAMIC: 'true', FEATURES_REFRESH_INTERVAL_SECONDS: '3600' };
    await withEdge(subject, env, async (server, upstream) => {
      expect((await server.get('/api/client/features', { authorization: client })).status).toBe(200);
      const everywhere = async () => {
        for (let i = 0; i < 12; i++) {
          if ((await server.get('/api/frontend', { authorization: frontend })).status !== 200) return false;
        }
        return true;
      };
      await eventually('all workers to serve it', everywhere);
      expect(asked(upstream, '/client/features')).toHaveLength(1);
    });
  });
});
