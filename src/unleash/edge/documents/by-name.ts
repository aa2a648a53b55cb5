import { finish, type Steps } from '../../../flags/steps.ts';

/** Entries that are sorted in one step. */
const stretch = 512;

/**
 * Compares names by their UTF-8 bytes, the order in which the original sorts. JavaScript's own order differs for
 * characters beyond the basic plane.
 */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const surrogates = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return surrogates !== 0 ? surrogates : x - y;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** A copy in the order of names, made in steps. Of entries with the same name the last one stays. */
export function* sortedByNameInSteps<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
): Steps<Entry[]> {
  const byName = new Map<string, Entry>();
  for (const [index, entry] of entries.entries()) {
    byName.set(entry.name, entry);
    if (index % stretch === 0) yield;
  }
  const all = [...byName.values()];
  let runs: Entry[][] = [];
  for (let start = 0; start < all.length; start += stretch) {
    runs.push(all.slice(start, start + stretch).sort((a, b) => compareNames(a.name, b.name)));
    yield;
  }
  while (runs.length > 1) {
    const merged: Entry[][] = [];
    for (let pair = 0; pair < runs.length; pair += 2) {
      merged.push(yield* mergedRuns(runs[pair] as Entry[], runs[pair + 1] ?? []));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

/** The same at once. */
export function sortedByName<Entry extends { readonly name: string }>(entries: readonly Entry[]): Entry[] {
  return finish(sortedByNameInSteps(entries));
}

function* mergedRuns<Entry extends { readonly name: string }>(
  left: readonly Entry[],
  right: readonly Entry[],
): Steps<Entry[]> {
  const merged: Entry[] = [];
  let next = 0;
  for (const entry of left) {
    for (let other = right[next]; other !== undefined && compareNames(other.name, entry.name) < 0; ) {
      merged.push(other);
      other = right[++next];
    }
    merged.push(entry);
    if (merged.length % stretch === 0) yield;
  }
  for (; next < right.length; next++) merged.push(right[next] as Entry);
  return merged;
}
