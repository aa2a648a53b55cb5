/** What the pages for people say has to be true: links lead somewhere, commands exist, no difference is left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { edgeConfigurationPage } from '../scripts/lib/edge-configuration-page.mjs';
import * as edgeTables from '../src/config/edge-options.ts';
import { intendedDifferences } from './proxy/intended-differences.ts';
import { repositoryRoot } from './support/subjects.ts';
import { everywhere as differencesFromEdge } from './unleash-edge/intended-differences.ts';

const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
const pages = [
  ...readdirSync(repositoryRoot).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(repositoryRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];

/** The anchors that headings of a page get. */
function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages)('%s', (page) => {
  it('has no broken link inside the repository', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(repositoryRoot, path))) return true;
      return anchor !== undefined && !anchorsOf(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('has samples in YAML that can be read', () => {
    for (const [, sample = ''] of read(page).matchAll(/^```yaml\n(.*?)^```$/gms))
      expect(() => parse(sample)).not.toThrow();
  });

  it('names only npm commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/npm run ([\w-]+(?::[\w-]+)*)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

it('the page on moving from Unleash Proxy has every row of the list of differences', () => {
  const page = read('docs/migrating-from-unleash-proxy.md');
  const rows = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  const { exchanges, contexts, startup, upstream } = intendedDifferences;
  const named = [...Object.values(exchanges), ...Object.values(contexts), ...Object.values(startup), upstream];
  const numbers = named.flatMap(({ row }) => /#(\d+)/.exec(row)?.[1] ?? []).map(Number);
  expect(numbers.filter((number) => !rows.includes(number))).toEqual([]);
});

it('docs/configuration-edge.md is up to date ("npm run docs")', () => {
  const page = read('docs/configuration-edge.md');
  expect(page).toBe(edgeConfigurationPage(edgeTables));
  const { edgeRootOptions, edgeOptions, offlineOptions, checkOptions } = edgeTables;
  const options = [edgeRootOptions, edgeOptions, offlineOptions, checkOptions].flatMap((table) => Object.values(table));
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  for (const { variable, flag } of options.filter((option) => option.flag !== '--markdown-help')) {
    expect(rows.filter((row) => row.includes(`| \`${variable}\``)).length, flag).toBeGreaterThan(0);
  }
});

it('the page on moving from Unleash Edge has a row for every fault of the original that is not copied', () => {
  const page = read('docs/migrating-from-unleash-edge.md');
  const rows = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(rows).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  const named = [...page.matchAll(/^\| ([^|]+) \|/gm)].map(([, text = '']) => text.toLowerCase());
  const ids = differencesFromEdge.map(({ id }) => id.toLowerCase());
  expect(ids.filter((id) => !named.includes(id))).toEqual([]);
});

it.each(['migrating-from-unleash-edge', 'tokens', 'persistence', 'streaming', 'container'])(
  'docs/%s.md names only settings of Edge that exist, or says that they do not',
  (name) => {
    const text = read(`docs/${name}.md`);
    const { edgeRootOptions, edgeOptions, offlineOptions, checkOptions } = edgeTables;
    const options = [edgeRootOptions, edgeOptions, offlineOptions, checkOptions].flatMap((table) =>
      Object.values(table),
    );
    const flags = new Set(options.filter(({ variableOnly }) => !variableOnly).map(({ flag }) => flag));
    const variables = new Set(options.map(({ variable }) => variable));
    const elsewhere = new Set([
      ...[...text.matchAll(/^2\. Remove flags .*?^3\./gms)].flatMap(([part]) => part.match(/--[a-z][\w-]+/g) ?? []),
      ...['--read-only', '--tmpfs', '--build-arg', '--platform', '--push', '--target'],
    ]);
    const named = [...new Set(text.match(/(?<![\w-])--[a-z][\w-]+/g) ?? [])].filter((flag) => !elsewhere.has(flag));
    expect(named.filter((flag) => !flags.has(flag) && !/^--redis-$/.test(flag))).toEqual([]);
    const own = [...new Set(text.match(/\bHALYARD_[A-Z_]+\b/g) ?? [])].filter(
      (variable) => variable !== 'HALYARD_RUNTIME',
    );
    expect(own.filter((variable) => !variables.has(variable))).toEqual([]);
  },
);
