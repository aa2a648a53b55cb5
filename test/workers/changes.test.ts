/** What a change replaces is let go of: by the process that asks upstream, and by its workers. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flag } from '../edge/harness.ts';
import { type SocketUpstream, startUpstreamWith } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs } from '../flagsmith/support/halyard.ts';
import { type Server, startServer } from '../support/server.ts';
import { repositoryRoot, runsOnBun, subjects } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const client = '*:development.client-secret-0001';
const probe = join(repositoryRoot, 'test/support/memory-probe.cjs');
const flagsPerDocument = 400;
const description = 'x'.repeat(1_000);
const changesToWarmUp = 2;
const changes = 12;
/**
 * What may be kept of each document. One that is not let go of takes 1.4 MB, as text and as flags; what comes and goes of
 * its own accord, in a process that keeps none, has been 3 MB in all.
 */
const bytesPerChange = 500_000;

/** Flags that no document before had. */
const unleashDocument = (revision: number) => ({
  version: 2,
  features: Array.from({ length: flagsPerDocument }, (_, i) => ({ ...flag(`flag-${revision}-${i}`), description })),
});

function flagsmithDocument(revision: number): string {
  const document = JSON.parse(e2eDocument());
  const [state] = document.feature_states;
  document.updated_at = new Date(Date.UTC(2026, 0, 1) + revision * 2000).toISOString();
  document.feature_states = Array.from({ length: flagsPerDocument }, (_, i) => ({
    ...state,
    feature: { ...state.feature, id: i + 1, name: `flag-${revision}-${i}` },
    feature_state_value: description,
  }));
  return JSON.stringify(document);
}

// The single program reads no options of its runtime.
describe.each(subjects().filter((subject) => subject !== 'halyard-binary'))('changes, %s', (subject) => {
  let core: CoreApi;
  let unleash: SocketUpstream;
  let directory: string;
  let revision = 0;

  beforeAll(async () => {
    core = await CoreApi.start();
    unleash = await startUpstreamWith(unleashDocument(0), client);
    core.documents.set('ser.one', flagsmithDocument(0));
    directory = await mkdtemp(join(tmpdir(), 'memory-'));
  });
  afterAll(async () => {
    await core?.close();
    await unleash?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const variables = () => ({
    ...keyPairs(['ser.one', 'client1']),
    API_URL: core.url,
    API_POLL_FREQUENCY_SECONDS: '1',
    UPSTREAM_URL: unleash.origin,
    TOKENS: client,
    STRICT: 'true',
    FEATURES_REFRESH_INTERVAL_SECONDS: '1',
    UNLEASH_URL: `${unleash.origin}/api`,
    UNLEASH_API_TOKEN: client,
    UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
    UNLEASH_FETCH_INTERVAL: '500',
    TEST_MEMORY_DIRECTORY: directory,
    ...(runsOnBun(subject) ? { BUN_OPTIONS: `--preload ${probe}` } : { NODE_OPTIONS: `--require ${probe}` }),
  });

  /** Bytes that are alive, by process. */
  async function alive(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const pid of await readdir(directory)) {
      const said = await ask(join(directory, pid));
      // The program that starts Bun is there, too.
      if (said !== undefined && (said.runtime === 'bun') === runsOnBun(subject)) found.set(pid, said.bytes);
    }
    return found;
  }

  async function change(server: Server): Promise<void> {
    revision++;
    unleash.features.set(client, unleashDocument(revision));
    core.documents.set('ser.one', flagsmithDocument(revision));
    const name = `"flag-${revision}-${flagsPerDocument - 1}"`;
    for (const [path, headers] of [
      ['/proxy', { authorization: 'proxy-key' }],
      ['/api/client/features', { authorization: client }],
      ['/api/v1/flags/', { 'x-environment-key': 'client1' }],
    ] as const) {
      await eventually(`${name} at ${path}`, async () => (await server.get(path, headers)).text.includes(name));
    }
  }

  test.each([1, 2])(
    'flags that are gone take no memory, %i serving',
    async (workers) => {
      const env = { ...variables(), WORKERS: String(workers) };
      const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing' });
      try {
        await eventually('a listener', () => server.stdout().includes('Unleash-proxy is listening') || !server.alive());
        for (let i = 0; i < changesToWarmUp; i++) await change(server);
        const before = await alive();
        expect(before.size).toBe(workers === 1 ? 1 : 3);
        for (let i = 0; i < changes; i++) await change(server);
        for (const [pid, bytes] of before) {
          await eventually(`no more memory of process ${pid}`, async () => {
            const grown = ((await alive()).get(pid) ?? Number.NaN) - bytes;
            if (grown < changes * bytesPerChange) return true;
            throw new Error(`grown by ${grown} bytes`);
          });
        }
      } finally {
        await server.stop();
      }
    },
    300_000,
  );
});

function ask(path: string): Promise<{ readonly runtime: string; readonly bytes: number } | undefined> {
  return new Promise((resolve) => {
    let said = '';
    connect(path)
      .on('data', (chunk) => {
        said += String(chunk);
      })
      .on('end', () => resolve(JSON.parse(said)))
      .on('error', () => resolve(undefined));
  });
}
