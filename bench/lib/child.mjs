// Child processes pinned to one core: everything a benchmark starts goes through here, so that nothing outlives it.
import { spawn } from 'node:child_process';

const running = new Set();

process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/**
 * Starts `command` on `core` with only the given environment: a proxy setting or NODE_OPTIONS of the caller's shell
 * would otherwise reach some subjects and not others.
 */
export function startPinned({ name, command, args = [], env = {}, core, cwd, nice = 0 }) {
  const prefix = nice > 0 ? ['nice', '-n', String(nice)] : [];
  const child = spawn('taskset', ['-c', String(core), ...prefix, command, ...args], {
    cwd,
    detached: true, // a process group of its own: launchers start further processes that must stop with them
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  running.add(child);
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  exited.then(() => {
    signalGroup(child, 'SIGKILL');
    running.delete(child);
  });
  return {
    name,
    pid: child.pid,
    exited,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    stdout: out,
    output: () => `${out()}${err()}`,
    interrupt: () => signalGroup(child, 'SIGINT'),
    async stop() {
      signalGroup(child, 'SIGTERM');
      const forced = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
      await exited;
      clearTimeout(forced);
    },
  };
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what we want.
  }
}

function collect(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    if (text.length < 1e6) text += chunk;
  });
  return () => text;
}
