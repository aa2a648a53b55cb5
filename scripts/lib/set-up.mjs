// Installs the npm dependencies of a checkout when they are missing or do not fit package-lock.json any more.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Does nothing where everything is in place. Ends the process when npm fails. */
export function setUp() {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 20) fail(`Node ${process.versions.node} is too old: Halyard needs Node 20 or newer.`);
  if (isInstalled()) return;
  console.error('Installing dependencies (npm ci)…');
  // Build tools are needed to run from sources, so they are wanted in production, too.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const done = cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status !== 0) fail(`npm ci failed${done.error ? `: ${done.error.message}` : ''}.`);
}

/** True when what npm has installed is newer than the lock file, or holds the same versions. */
function isInstalled() {
  const wanted = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  try {
    return statSync(installed).mtimeMs >= statSync(wanted).mtimeMs || holdsAll(read(wanted), read(installed));
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function holdsAll(wanted, installed) {
  return Object.entries(wanted.packages).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const there = installed.packages[path];
    return there === undefined ? Boolean(optional ?? devOptional) : there.version === version;
  });
}

function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
