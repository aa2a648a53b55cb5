// Finds the Bun binary that comes as an npm dependency.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What Bun is told on its command line, and cannot be told later: the largest request head of its HTTP server, as in Halyard's own. */
export const bunOptions = ['--max-http-header-size=131072'];

/** Smaller files are the text that the package ships in the binary's place. */
const smallestBinaryBytes = 1_000_000;

/**
 * The binary itself: the package's command is a script that looks for it at every start. Where npm did not run the
 * package's install script, which newer versions do not by themselves, it is run now.
 *
 * @throws Error with advice when there is none
 */
export function bunBinary() {
  let directory;
  try {
    directory = dirname(createRequire(import.meta.url).resolve('bun/package.json'));
  } catch {
    throw new Error('the npm package "bun" is not installed. Run npm ci, or set HALYARD_RUNTIME=node');
  }
  const binary = join(directory, 'bin', 'bun.exe');
  if (!isBinary(binary)) {
    spawnSync(process.execPath, [join(directory, 'install.js')], { cwd: directory, stdio: ['ignore', 2, 2] });
    if (!isBinary(binary)) throw new Error('Bun could not be installed. Set HALYARD_RUNTIME=node to run on Node');
  }
  return binary;
}

function isBinary(path) {
  return existsSync(path) && statSync(path).size >= smallestBinaryBytes;
}
