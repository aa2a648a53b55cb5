// What has to be there before anything is timed.
import { spawnSync } from 'node:child_process';
import { buildIfStale } from '../scripts/lib/build-if-stale.mjs';
import { installComponents } from '../scripts/lib/components.mjs';

/** Pins this process to the client core, installs `components` and builds. Throws where the benchmark cannot run. */
export function prepare(clientCore, components) {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc and pins with taskset: it needs Linux');
  const pinned = spawnSync('taskset', ['-apc', String(clientCore), String(process.pid)], { encoding: 'utf8' });
  if (pinned.status !== 0) throw new Error(`cannot pin to core ${clientCore}: ${pinned.error ?? pinned.stderr}`);
  installComponents(['wrk', ...components]);
  // The launcher would do it too, in the middle of the first start.
  buildIfStale();
}
