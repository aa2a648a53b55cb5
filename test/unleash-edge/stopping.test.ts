/** How a process ends. Told to stop while it still starts, at once and with 0: nothing was served, nothing is lost. */
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../support/server.ts';
import { type SilentServer, startSilentServer } from '../support/silent-server.ts';
import { halyards, noHalyard } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

describe.skipIf(noHalyard).each(halyards())('told to stop while upstream does not answer, %s', (subject) => {
  let upstream: SilentServer;
  beforeAll(async () => {
    upstream = await startSilentServer();
  });
  afterAll(async () => {
    await upstream?.close();
  });

  const edge = () => ({
    UPSTREAM_URL: upstream.origin,
    TOKENS: '*:development.client-secret-0001',
    STRICT: 'true',
    // longer than this test may take: a process that waited for its start would be seen
    UPSTREAM_REQUEST_TIMEOUT: '600',
    UPSTREAM_SOCKET_TIMEOUT: '600',
  });
  const flagsmith = () => ({
    ENVIRONMENT_KEY_PAIRS: '[{"server_side_key":"ser.one","client_side_key":"client1"}]',
    API_URL: `${upstream.origin}/api/v1`,
    API_POLL_TIMEOUT_SECONDS: '600',
  });
  const proxy = () => ({
    UNLEASH_URL: `${upstream.origin}/api`,
    UNLEASH_API_TOKEN: '*:development.client-secret-0001',
    UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
  });
  const started = [
    ['SIGTERM', 'Edge', ['edge'], () => edge()],
    ['SIGINT', 'Edge', ['edge'], () => edge()],
    ['SIGTERM', 'Edge with Flagsmith', ['edge'], () => ({ ...edge(), ...flagsmith() })],
    ['SIGTERM', 'Edge with Flagsmith and Unleash Proxy', ['edge'], () => ({ ...edge(), ...flagsmith(), ...proxy() })],
    ['SIGTERM', 'Unleash Proxy with Flagsmith', [], () => ({ ...proxy(), ...flagsmith() })],
    ['SIGTERM', 'Flagsmith', ['flagsmith'], () => flagsmith()],
  ] as const;

  it.each(started)('%s: %s', async (signal, _, args, env) => {
    const before = upstream.asked();
    const server = await startServer(subject, { args, env: env(), waitFor: 'nothing' });
    try {
      await eventually('a question to upstream', () => upstream.asked() > before);
      process.kill(server.pid, signal);
      expect(await server.exit, server.stdout() + server.stderr()).toEqual({ code: 0, signal: null });
    } finally {
      await server.stop();
    }
  });
});

// Newer Nodes leave their place to Bun, which then ends by itself.
const runsBeside = process.platform === 'linux' && !('execve' in process) && halyards().includes('halyard-bun');

it.runIf(runsBeside)('says by which signal Bun was ended, in words and in the status', async () => {
  const file = join(tmpdir(), `halyard-ended-${process.pid}.json`);
  await writeFile(file, '{"a":{"enabled":true}}');
  const args = ['offline', '-b', file, '-c', '*:development.client'];
  const server = await startServer('halyard-bun', { args, waitFor: 'nothing' });
  try {
    await eventually('it listens', () => server.stdout().includes('is listening'));
    const bun = Number(readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8'));
    process.kill(bun, 'SIGKILL');
    expect(await server.exit).toEqual({ code: 137, signal: null });
    expect(server.stderr()).toContain('halyard: ended by SIGKILL');
  } finally {
    await server.stop();
    await rm(file);
  }
});
