/** A real Prometheus scrapes Halyard in each mode, takes what Edge pushes, and its API tells what it found. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { halyardFamilies } from '../../src/operations/metrics/catalogue.ts';
import { componentOrSkip } from '../support/components.ts';
import { freePort } from '../support/ports.ts';
import { halyards, repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Mode, modes, pages, withMode } from './running.ts';

interface Prometheus {
  readonly origin: string;
  query<Data>(path: string): Promise<Data>;
  stop(): Promise<void>;
}

async function startPrometheus(mode: Mode, port: number): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'halyard-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(repositoryRoot, 'ops/prometheus/halyard.rules.yml')],
    scrape_configs: [
      { job_name: 'halyard', metrics_path: pages[mode], static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
    ],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const own = await freePort();
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${own}`,
      '--web.enable-remote-write-receiver',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    origin: `http://127.0.0.1:${own}`,
    async query<Data>(path: string) {
      const answer = await fetch(`http://127.0.0.1:${own}/api/v1/${path}`);
      return ((await answer.json()) as { data: Data }).data;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
}

const installed = componentOrSkip('prometheus', 'scraping by a real Prometheus');
const [subject] = halyards();

it.skipIf(!installed || subject === undefined).each(modes)(
  'finds the families of %s mode, their types, and the rules',
  async (mode) => {
    await withMode(mode, subject as NonNullable<typeof subject>, {}, async (server) => {
      const prometheus = await startPrometheus(mode, server.port);
      try {
        await eventually(
          'a scrape',
          async () => {
            const found = await prometheus.query<Targets>('targets?state=active').catch(() => undefined);
            return found?.activeTargets.some(({ health }) => health !== 'unknown') ? true : undefined;
          },
          60_000,
        );
        const { activeTargets } = await prometheus.query<Targets>('targets?state=active');
        expect(activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
        const metadata = await prometheus.query<Record<string, { type: string; help: string }[]>>('metadata');
        const own = Object.entries(halyardFamilies).filter(([, { modes: of }]) =>
          (of as readonly string[]).includes(mode),
        );
        for (const [name, { type, help }] of own)
          expect([name, metadata[name]]).toMatchObject([name, [{ type, help }]]);
        const flags = await prometheus.query<{ result: { value: [number, string] }[] }>('query?query=halyard_flags');
        expect(Number(flags.result[0]?.value[1])).toBeGreaterThan(0);
        const rules = await prometheus.query<{ groups: { rules: { name: string }[] }[] }>('rules');
        expect(rules.groups.flatMap((group) => group.rules)).toHaveLength(9);
      } finally {
        await prometheus.stop();
      }
    });
  },
);

it.skipIf(!installed || subject === undefined).each(halyards())('takes what edge mode pushes: %s', async (pushing) => {
  // Nothing listens where it scrapes: all that it knows was pushed.
  const prometheus = await startPrometheus('edge', 9);
  const env = { PROMETHEUS_REMOTE_WRITE_URL: `${prometheus.origin}/api/v1/write`, PROMETHEUS_PUSH_INTERVAL: '1' };
  try {
    await withMode('edge', pushing, env, async () => {
      interface Found {
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      }
      const found = await eventually(
        'a push',
        async () => {
          const { result } = await prometheus.query<Found>('query?query=halyard_flags');
          return result.length > 0 ? result : undefined;
        },
        60_000,
      );
      expect(found).toHaveLength(1);
      expect(found[0]?.metric).toMatchObject({ environment: 'development', app_name: 'unleash-edge' });
      expect(Number(found[0]?.value[1])).toBe(2);
    });
  } finally {
    await prometheus.stop();
  }
});
