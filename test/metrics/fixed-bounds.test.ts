/** The table of fixed bounds in docs/operations.md is what the source says, and nothing is missing in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../support/subjects.ts';

const page = readFileSync(join(repositoryRoot, 'docs/operations.md'), 'utf8');
const rows = [...page.matchAll(/^\| .+ \| (\d+) \| `(src\/[^`]+)`, `(\w+)` \|$/gm)].map(
  ([, value = '', file = '', name = '']) => ({ value: Number(value), file, name }),
);
const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');

/** How bounds are called here, unlike numbers that only choose between two ways. */
const boundName = /^(most|max|maximum)[A-Z]|Limit$/;

/** A module's numbers by name. */
function constantsOf(source: string): Map<string, number> {
  const found = source.matchAll(/^(?:export )?const (\w+) = ([\d_]+);$/gm);
  return new Map([...found].map(([, name = '', value = '']) => [name, Number(value.replaceAll('_', ''))]));
}

it.each(rows)('$file: $name is $value', ({ value, file, name }) => {
  expect(constantsOf(read(file)).get(name)).toBe(value);
});

it('every collection whose size is compared with a number of its module is in the table', () => {
  const files = readdirSync(join(repositoryRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const compared = files.flatMap((file) => {
    const source = read(file);
    const constants = constantsOf(source);
    return [...source.matchAll(/\.size (?:>=?|<=?) ([A-Za-z_]\w*|\d[\d_]{2,})/g)].flatMap(([, limit = '']) =>
      (constants.has(limit) && boundName.test(limit)) || /^\d/.test(limit) ? [`${file} ${limit}`] : [],
    );
  });
  expect(compared.length).toBeGreaterThan(8);
  const listed = new Set(rows.map(({ file, name }) => `${file} ${name}`));
  expect([...new Set(compared)].filter((one) => !listed.has(one))).toEqual([]);
});
