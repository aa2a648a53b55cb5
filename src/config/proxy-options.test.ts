import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationPage, sections } from '../../scripts/lib/configuration-page.mjs';
import { proxyOptions } from './proxy-options.ts';

it('every option stands in one section of the configuration page', () => {
  const documented = sections.flatMap(([, names]) => names);
  expect([...documented].sort()).toEqual(Object.keys(proxyOptions).sort());
});

it('docs/configuration.md is up to date ("npm run docs")', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  expect(page).toBe(configurationPage(proxyOptions));
});

it('no variable stands for two options', () => {
  const variables = Object.values(proxyOptions).flatMap(({ environment }) => environment);
  expect(new Set(variables).size).toBe(variables.length);
});
