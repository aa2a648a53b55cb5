/** The real Unleash (npm package `unleash-server`) on a real PostgreSQL, with an admin API token, and nothing else. */
import { join } from 'node:path';
import { componentDir, componentNode } from '../../../scripts/lib/components.mjs';
import { freePort } from '../../support/ports.ts';
import { startPostgres } from './postgres.ts';
import { startProcess, temporaryDirectory } from './processes.ts';

/** It prepares its database at its first start, which is minutes of work for a machine that is busy otherwise. */
const startMs = 300_000;

/** Longest time for what starts one before tests begin. */
export const worldMs = 480_000;

export interface UnleashServer {
  /** Without a path: `http://127.0.0.1:4242`. */
  readonly url: string;
  readonly adminToken: string;
  /** Last part of the server's log. */
  output(): string;
  stop(): Promise<void>;
}

export async function startUnleash(env: Readonly<Record<string, string>> = {}): Promise<UnleashServer> {
  const dir = componentDir('unleash-server');
  if (!dir) throw new Error('the component unleash-server is not installed');
  const postgres = await startPostgres();
  const directory = await temporaryDirectory('unleash');
  const home = directory.path;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const adminToken = '*:*.halyard-real-test-admin';
  const server = startProcess(
    componentNode('unleash-server'),
    [join(dir, 'node_modules/unleash-server/dist/server.js')],
    {
      cwd: home,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        TMPDIR: home,
        TZ: 'UTC',
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        DATABASE_HOST: '127.0.0.1',
        DATABASE_PORT: String(postgres.port),
        DATABASE_USERNAME: postgres.user,
        DATABASE_PASSWORD: 'not-checked',
        DATABASE_NAME: postgres.database,
        DATABASE_SSL: 'false',
        INIT_ADMIN_API_TOKENS: adminToken,
        // No calls to the outside, and the flag-level variants that older Unleash versions still serve.
        CHECK_VERSION: 'false',
        SEND_TELEMETRY: 'false',
        UNLEASH_EXPERIMENTAL_ENABLE_LEGACY_VARIANTS: 'true',
        ...env,
      },
    },
  );
  const stop = async () => {
    await server.stop();
    await postgres.stop();
    await directory.remove();
  };
  try {
    await server.up('Unleash to be healthy', () => healthy(url), startMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, adminToken, output: server.output, stop };
}

async function healthy(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(20_000) });
  return reply.ok;
}
