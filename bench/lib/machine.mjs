// Names the machine and the versions: a figure without them says nothing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** First line that a command prints (wrk prints its version with an error status), or undefined when it cannot run. */
export function firstLine(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options });
  return done.error ? undefined : `${done.stdout}${done.stderr}`.trim().split('\n')[0];
}

/** The machine the benchmark runs on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length, // of the machine: this process itself is pinned to one
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
  };
}
