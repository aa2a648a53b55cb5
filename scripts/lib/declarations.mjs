import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes type declarations name each other by `.js`. The compiler leaves the `.ts` of the sources in them, which TypeScript
 * before 5.0 refuses: everything imported would be `any`.
 */
export function nameCompiledFiles(dist) {
  for (const name of readdirSync(dist, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(dist, name);
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/((?:from |import |import\()(['"])\.\.?\/[^'"\n]*)\.ts\2/g, '$1.js$2');
    if (changed !== text) writeFileSync(file, changed);
  }
}
