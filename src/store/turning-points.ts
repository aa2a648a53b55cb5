import { lstat, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';

/** What Linux allows, too. */
const mostLinks = 40;

/**
 * The folders, with the names in them, that decide what is found at a path: where the file itself is, where each symbolic
 * link on the way is, and where the way ends when something is missing. A mounted ConfigMap, for example, has three: the
 * link of the file's name, the link `..data`, which is swapped, and the file behind both.
 *
 * @returns names by absolute folder; never empty, never rejects
 */
export async function turningPoints(path: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const start = resolve(path);
  let folder = parse(start).root;
  const left = start.slice(folder.length).split(sep);
  for (let links = 0; left.length > 0; ) {
    const name = left.shift() as string;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      folder = dirname(folder);
      continue;
    }
    const here = join(folder, name);
    const state = await lstat(here).catch(() => undefined);
    const target = state?.isSymbolicLink() ? await readlink(here).catch(() => undefined) : undefined;
    if (left.length === 0 || state === undefined || target !== undefined) {
      found.set(folder, (found.get(folder) ?? new Set()).add(name));
    }
    if (target === undefined) {
      if (state === undefined) break;
      folder = here;
      continue;
    }
    links += 1;
    if (links > mostLinks) break;
    left.unshift(...target.split(sep));
    if (isAbsolute(target)) folder = parse(target).root;
  }
  return found;
}
