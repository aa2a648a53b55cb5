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

/** A copy in the order of names. Of entries with the same name the last one stays. */
export function sortedByName<Entry extends { readonly name: string }>(entries: readonly Entry[]): Entry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return [...byName.values()].sort((a, b) => compareNames(a.name, b.name));
}
