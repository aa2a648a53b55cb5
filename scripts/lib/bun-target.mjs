// The Bun that a binary for another system is made of: the npm package of the version that is locked, fetched by npm
// from the registry that npm is set up for, and checked against the lock file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Systems that binaries can be made for, with the package that brings Bun for each. */
export const targets = {
  'linux-x64': 'bun-linux-x64',
  'linux-arm64': 'bun-linux-aarch64',
  'linux-x64-musl': 'bun-linux-x64-musl',
  'linux-arm64-musl': 'bun-linux-aarch64-musl',
  'darwin-x64': 'bun-darwin-x64',
  'darwin-arm64': 'bun-darwin-aarch64',
};

/**
 * Path of the Bun for a target.
 *
 * @throws Error when it cannot be fetched, or is not what the lock file says
 */
export function bunFor(target, root) {
  const name = `@oven/${targets[target]}`;
  const { version, integrity } = lockedPackage(name, root);
  const cache = join(root, '.cache', 'bun', `${targets[target]}-${version}`);
  const binary = join(cache, 'package', 'bin', 'bun');
  if (existsSync(binary)) return binary;
  mkdirSync(join(root, '.cache', 'bun'), { recursive: true });
  const draft = mkdtempSync(join(root, '.cache', 'bun', 'draft-'));
  try {
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', draft, `${name}@${version}`], root);
    const archive = join(draft, readdirSync(draft).find((file) => file.endsWith('.tgz')) ?? '');
    if (integrity !== `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`) {
      throw new Error(`${name}@${version} is not the package that package-lock.json names`);
    }
    run('tar', ['-xzf', archive, '-C', draft], root);
    rmSync(archive);
    if (!existsSync(cache)) renameSync(draft, cache);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return binary;
}

function lockedPackage(name, root) {
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not name ${name}`);
  return locked;
}

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) throw new Error(`${command} ${args[0]} failed${done.error ? `: ${done.error.message}` : ''}`);
}
