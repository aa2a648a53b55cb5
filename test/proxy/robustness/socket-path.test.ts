/** A server on a socket path: what a killed one left there is replaced, and nothing else. */
import { renameSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Server, startServer } from '../../support/server.ts';
import { halyards } from '../../support/subjects.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';

let folder: string;
let path: string;
let upstream: Upstream;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'socket-'));
  path = join(folder, 'proxy.sock');
  upstream = await startUpstream();
});
afterEach(async () => {
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Leaves the file of a socket that nobody listens on: closing removes it only under its first name. */
async function leaveStaleSocket(): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.first`, resolve));
  renameSync(`${path}.first`, path);
  await new Promise((resolve) => server.close(resolve));
}

function health(): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: path, path: '/proxy/health' }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

const serves = () => eventually('an answer', async () => (await health()) === 'ok');

describe.each(halyards())('a socket path, %s', (subject) => {
  const start = (workers = '1'): Promise<Server> => {
    const env = {
      ...{
        UNLEASH_URL: `${upstream.origin}/api`,
        UNLEASH_API_TOKEN: 'secret-t',
        UNLEASH_PROXY_CLIENT_KEYS: 'secret-k',
      },
      ...{ PORT: path, WORKERS: workers },
    };
    return startServer(subject, { env, args: ['proxy'], waitFor: 'nothing' });
  };
  const refused = async (): Promise<string> => {
    const server = await start();
    expect((await server.exit).code).toBe(1);
    await server.stop();
    return server.stderr();
  };

  it.each(['1', '2'])('a file that nobody listens at is replaced, WORKERS=%s', async (workers) => {
    await leaveStaleSocket();
    const server = await start(workers);
    try {
      await serves();
    } finally {
      await server.stop();
    }
  });

  it('one where somebody answers stays, and goes on to answer', async () => {
    const server = await start();
    try {
      await serves();
      expect(await refused()).toContain(`Error: listen EADDRINUSE: address already in use ${path}`);
      expect(await health()).toBe('ok');
    } finally {
      await server.stop();
    }
  });

  it('a file that is no socket stays', async () => {
    await writeFile(path, 'notes');
    expect(await refused()).toContain(`Error: listen EADDRINUSE: the file there is no socket ${path}`);
    expect(await readFile(path, 'utf8')).toBe('notes');
  });
});
