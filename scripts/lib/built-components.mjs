// Components that are built from sources in this repository with another language's tools: small programs around
// published libraries. What is built lies in a folder named after the sources, so that a change builds anew.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Sources per component, from the root of the repository, and the command that builds them into a folder. */
export const builtComponents = {
  'openfeature-go': {
    sources: 'test/ofrep/clients/go',
    build: (folder) => ['go', ['build', '-mod=readonly', '-trimpath', '-o', join(folder, 'client'), '.']],
  },
  'openfeature-java': {
    sources: 'test/ofrep/clients/java',
    build: (folder) => ['mvn', ['-q', '-B', 'package', `-Doutput=${folder}`]],
  },
};

/** Folder of a built component, or undefined. */
export function builtFolder(root, cache, name) {
  const folder = join(cache, name, fingerprint(join(root, builtComponents[name].sources)));
  return existsSync(folder) ? folder : undefined;
}

/** Builds beside the final place and moves: what is half built is never seen. */
export function buildComponent(root, cache, name, run) {
  const { sources, build } = builtComponents[name];
  const home = join(cache, name);
  mkdirSync(home, { recursive: true });
  const fresh = mkdtempSync(join(home, '.building-'));
  try {
    const [command, args] = build(fresh);
    run(command, args, join(root, sources));
    chmodSync(fresh, 0o755);
    if (builtFolder(root, cache, name) === undefined) {
      renameSync(fresh, join(home, fingerprint(join(root, sources))));
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function fingerprint(folder) {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  for (const file of files) hash.update(file.slice(folder.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}
