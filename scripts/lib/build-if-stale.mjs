// Builds dist/ when a source is newer than it, so that a checkout never runs old code. Several processes may ask at
// once: one builds, the others wait for it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { releaseLock, takeLock } from './lock.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const lock = join(root, '.cache', 'build.lock');

export function buildIfStale() {
  if (!isStale()) return;
  mkdirSync(dirname(lock), { recursive: true });
  while (!takeLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  try {
    if (!isStale()) return;
    const done = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 2, 2] });
    if (done.status !== 0) process.exitCode = done.status ?? 1;
  } finally {
    releaseLock(lock);
  }
  if (process.exitCode) process.exit();
}

function isStale() {
  return newestMs(join(root, 'src')) >= modifiedMs(join(root, 'dist', 'package.json'));
}

function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newestMs(directory) {
  let newest = modifiedMs(directory);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : modifiedMs(path));
  }
  return newest;
}
