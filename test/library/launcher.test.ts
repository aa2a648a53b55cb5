/** What becomes of the server when the process that started it is killed, and what the launcher refuses. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { eventually } from '../support/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const started: ChildProcess[] = [];

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      // The whole group: what this test is about may have failed.
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {}
  }
});

function start(command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(command, [...args], {
    cwd: root,
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
  });
  started.push(child);
  return child;
}

const isTaken = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

describe.each(['bun', 'node'])('on %s', (runtime) => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('stops when the shell of npm is ended by %s', async (signal) => {
    const port = await freePort();
    // A second command keeps the shell from becoming the first.
    const shell = start('sh', ['-c', 'node scripts/start.mjs demo; exit 1'], {
      PORT: String(port),
      HALYARD_RUNTIME: runtime,
      npm_lifecycle_event: 'start',
    });
    await eventually('the server', () => isTaken(port), 60_000, 50);
    shell.kill(signal);
    await eventually('a free port', async () => !(await isTaken(port)), 60_000, 50);
  });
});

it.each(['1', '2'])('stops when its launcher is killed, with %s workers', async (workers) => {
  const port = await freePort();
  const launcher = start(process.execPath, ['bin/halyard.mjs', 'demo'], { PORT: String(port), WORKERS: workers });
  await eventually('the server', () => isTaken(port), 60_000, 50);
  launcher.kill('SIGKILL');
  await eventually('a free port', async () => !(await isTaken(port)), 60_000, 50);
});

it('names the runtimes there are when another one is asked for', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/halyard.mjs', '--version'], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HALYARD_RUNTIME: 'deno' },
  });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe('halyard: HALYARD_RUNTIME is "deno": must be bun (which is the default) or node.\n');
});
