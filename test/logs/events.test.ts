/** The catalogue of events: codes are stable and told once, every one is used, reached by a test, and on the page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventsPage } from '../../scripts/lib/events-page.mjs';
import { catalogue } from '../../src/flags/events/catalogue.ts';
import { flagsmithEvents } from '../../src/flags/events/flagsmith.ts';
import { repositoryRoot } from '../support/subjects.ts';
import { reachedBy } from './reached-by.ts';

const src = join(repositoryRoot, 'src');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/(\.test|\/testing)\.ts$/.test(path))
  .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(src, path), 'utf8') }));
const outsideCatalogue = sources.filter(({ path }) => !path.startsWith('flags/events/'));
const all = catalogue.flatMap(([, events]) => Object.entries(events));

it('every code is told once, and belongs to its part', () => {
  expect(new Set(all.map(([, { code }]) => code)).size).toBe(all.length);
  expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
  for (const [index, [, events]] of catalogue.entries()) {
    for (const { code } of Object.values(events)) expect(code).toMatch(new RegExp(`^HALYARD-${index + 1}\\d{3}$`));
  }
});

it('docs/events.md is up to date ("npm run docs")', () => {
  expect(readFileSync(join(repositoryRoot, 'docs/events.md'), 'utf8')).toBe(eventsPage(catalogue));
});

describe('every event is used', () => {
  it.each(all.map(([name]) => name))('%s', (name) => {
    const words = name in flagsmithEvents ? `'${name}'` : `logEvents.${name},`;
    expect(outsideCatalogue.filter(({ text }) => text.includes(words)).map(({ path }) => path)).not.toEqual([]);
  });
});

it('warnings and errors are logged as events only', () => {
  const direct = /(?<![\w#])(?:[\w#.]+\.)?#?logger\.(?:warn|error|fatal)\(/;
  const found = outsideCatalogue.filter(({ text }) => direct.test(text.replace(/\/\*[\s\S]*?\*\//g, '')));
  expect(found.map(({ path }) => path)).toEqual([]);
  const named = outsideCatalogue
    .filter(({ path }) => path.startsWith('flagsmith/') || path.startsWith('library/flagsmith/'))
    .flatMap(({ text }) => [...text.matchAll(/\blog\.(?:info|warn|error)\('([^']+)'/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !(name in flagsmithEvents))).toEqual([]);
});

describe('every event is reached by a test', () => {
  it.each(all.map(([name]) => name))('%s', (name) => {
    const [file, words] = reachedBy[name] ?? ['', ''];
    expect(file, 'name its test in test/logs/reached-by.ts').not.toBe('');
    expect(readFileSync(join(repositoryRoot, file), 'utf8')).toContain(words);
  });

  it('no test is named for an event that does not exist', () => {
    expect(Object.keys(reachedBy).filter((name) => !all.some(([known]) => known === name))).toEqual([]);
  });
});
