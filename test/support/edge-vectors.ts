/** The behaviour vectors of Unleash Edge: `test/data/unleash-edge.vectors.json`, by group. */
import { readFileSync } from 'node:fs';

const url = new URL('../data/unleash-edge.vectors.json', import.meta.url);
const groups = JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>;

/** One group of vectors. The caller knows its shape. */
export function edgeVectors<Shape>(group: string): Shape {
  const found = groups[group];
  if (found === undefined) throw new Error(`no vectors for "${group}"`);
  return found as Shape;
}

/** True when a row applies to Edge 19.15.1, the version that Halyard behaves like. */
export function isFor19(row: { readonly tags?: readonly string[] }): boolean {
  return (
    row.tags === undefined ||
    row.tags.some((tag) => tag.startsWith('19') && !tag.startsWith('19.0') && tag !== '19.1.2')
  );
}
