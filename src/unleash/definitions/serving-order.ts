/** The largest name that JavaScript keeps in numeric order among an object's keys. */
const lastIndexName = 4_294_967_294;

function indexOf(name: string): number {
  const index = Number(name);
  return index <= lastIndexName && String(index) === name && Number.isInteger(index) && index >= 0 ? index : -1;
}

/**
 * Puts entries into the order in which the original products list them: names that look like array indexes first, in
 * ascending order, then the others as received. Of entries with the same name the last one wins and takes the place of
 * the first.
 *
 * Source: Unleash Proxy specification 3.1 and 11.2.
 */
export function servingOrder<Entry extends { readonly name: string }>(entries: Iterable<Entry>): Entry[] {
  const byName = new Map<string, Entry>();
  for (const entry of entries) byName.set(entry.name, entry);
  const indexed: Entry[] = [];
  const others: Entry[] = [];
  for (const entry of byName.values()) (indexOf(entry.name) >= 0 ? indexed : others).push(entry);
  indexed.sort((a, b) => indexOf(a.name) - indexOf(b.name));
  return indexed.concat(others);
}
