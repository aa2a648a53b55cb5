/** Flagsmith mode with several workers, on both runtimes: counts and answers, never times. */
import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, runtimes, startFlagsmith } from '../flagsmith/support/halyard.ts';
import type { Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { workerProcesses } from './group.ts';

const page = '/proxy/metrics';
const key = { 'x-environment-key': 'client1' };
const document = (updatedAt: string) => e2eDocument({ updated_at: updatedAt });

async function withFlagsmith(
  subject: Parameters<typeof startFlagsmith>[0],
  env: Record<string, string>,
  use: (server: Server, core: CoreApi) => Promise<void>,
): Promise<void> {
  const core = await CoreApi.start();
  core.documents.set('ser.one', document('2026-01-01T00:00:00+00:00'));
  const pairs = keyPairs(['ser.one', 'client1']);
  const settings = { WEB_CONCURRENCY: '2', ...pairs, ...env };
  const server = await startFlagsmith(subject, core, settings, { waitFor: 'listening' });
  try {
    await use(server, core);
  } finally {
    await server.stop();
    await core.close();
  }
}

describe.each(runtimes())('Flagsmith with workers: %s', (subject) => {
  it('upstream is asked once for all; analytics of all workers add up; a worker that comes later serves at once', async () => {
    await withFlagsmith(subject, { API_POLL_FREQUENCY_SECONDS: '3600' }, async (server, core) => {
      const before = await workerProcesses(server, page, 2);
      const sent = 24;
      for (let i = 0; i < sent; i++) {
        expect((await server.get('/api/v1/flags/', key)).status).toBe(200);
        expect((await server.postJson('/api/v1/analytics/flags/', { str: 1 }, key)).status).toBe(200);
      }
      expect(core.documentStatuses).toEqual([200]);
      core.behaviours.set('ser.one', 'down');
      const first = [...before.values()][0] ?? 0;
      process.kill(first, 'SIGTERM');
      // Asked to end, a worker hands over what it counted.
      await eventually('another worker', async () => {
        const now = await workerProcesses(server, page, 2);
        return ![...now.values()].includes(first);
      });
      for (let i = 0; i < sent; i++) expect((await server.get('/api/v1/flags/', key)).status).toBe(200);
      await server.stop();
      const sums = core.posted('/analytics/flags/').map((body) => (JSON.parse(body) as { str?: number }).str ?? 0);
      expect(sums.reduce((sum, count) => sum + count, 0)).toBe(sent);
    });
  });

  it('a change reaches all workers, and so does its readiness', async () => {
    await withFlagsmith(subject, {}, async (server, core) => {
      await workerProcesses(server, page, 2);
      const changed = JSON.parse(document('2026-02-02T00:00:00+00:00')) as { feature_states: unknown[] };
      changed.feature_states = changed.feature_states.slice(0, 1);
      core.documents.set('ser.one', JSON.stringify(changed));
      await eventually('the change everywhere', async () => {
        for (let i = 0; i < 12; i++) {
          if ((JSON.parse((await server.get('/api/v1/flags/', key)).text) as unknown[]).length !== 1) return false;
        }
        return true;
      });
      expect((await server.get('/proxy/health/readiness')).status).toBe(200);
    });
  });
});
