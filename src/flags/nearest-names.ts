/** Most names looked at, and characters of each. */
const mostNames = 20_000;
const mostCharacters = 64;

/**
 * The names that come closest to one that does not exist, best first: those that contain it or are contained, then those
 * with few differing characters.
 */
export function nearestNames(wanted: string, names: readonly string[], most = 5): string[] {
  const asked = wanted.slice(0, mostCharacters).toLowerCase();
  const limit = Math.max(2, Math.floor(asked.length / 3));
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names.slice(0, mostNames)) {
    const candidate = name.slice(0, mostCharacters).toLowerCase();
    const contains = asked.length > 2 && (candidate.includes(asked) || asked.includes(candidate));
    const distance = contains && candidate.length > 2 ? 1 : differences(asked, candidate, limit);
    if (distance <= limit) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return found.slice(0, most).map(({ name }) => name);
}

/** Levenshtein's distance; anything above the limit is as good as any other. */
function differences(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + Number(a.charCodeAt(i - 1) !== b.charCodeAt(j - 1));
      const value = Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1);
      current.push(value);
      best = Math.min(best, value);
    }
    if (best > limit) return limit + 1;
    previous = current;
  }
  return previous[b.length] as number;
}
