// Builds dist/ when a source is newer than it, so that a checkout never runs old code.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export function buildIfStale() {
  let builtMs = 0;
  try {
    builtMs = statSync(join(root, 'dist', 'package.json')).mtimeMs;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (newestMs(join(root, 'src')) < builtMs) return;
  const done = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 2, 2] });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

function newestMs(directory) {
  let newest = statSync(directory).mtimeMs;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}
