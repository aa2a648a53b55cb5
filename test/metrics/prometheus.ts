/** A real Prometheus, from Debian, that scrapes servers of tests every second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Mode, pages } from './running.ts';

export interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
}

export interface Prometheus {
  readonly origin: string;
  /** Asks its API, below `/api/v1/`; throws where it answers with an error. */
  query<Data>(path: string): Promise<Data>;
  /** Resolves when every target was scraped, and the last time well: a scrape may not take a second. */
  scraped(): Promise<Targets>;
  stop(): Promise<void>;
}

/** Starts one with the alert rules. Its jobs are called as the modes are; each has the port of one server. */
export async function startPrometheus(ports: Readonly<Partial<Record<Mode, number>>>): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'halyard-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(repositoryRoot, 'ops/prometheus/halyard.rules.yml')],
    scrape_configs: Object.entries(ports).map(([mode, port]) => ({
      job_name: mode,
      metrics_path: pages[mode as Mode],
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    })),
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const own = await freePort();
  const origin = `http://127.0.0.1:${own}`;
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
  async function query<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`${origin}/api/v1/${path}`)).json()) as Record<string, unknown>;
    const { status, data, ...rest } = answer;
    if (status !== 'success' || 'warnings' in rest) throw new Error(`${path}: ${JSON.stringify(rest)}`);
    return data as Data;
  }
  return {
    origin,
    query,
    scraped: () =>
      eventually('a scrape', async () => {
        const found = await query<Targets>('targets?state=active');
        const scraped = found.activeTargets.filter(({ health }) => health === 'up');
        return scraped.length === Object.keys(ports).length ? found : undefined;
      }),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
