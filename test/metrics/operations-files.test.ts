/** Alert rules and dashboard: they can be loaded, each rule is tested, and all that they name is served. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { adoptedFamilies } from '../../src/operations/metrics/adopted.ts';
import { type FamilyDefinition, halyardFamilies } from '../../src/operations/metrics/catalogue.ts';
import { componentOrSkip } from '../support/components.ts';
import { repositoryRoot } from '../support/subjects.ts';

const operations = join(repositoryRoot, 'ops');
const rulesFile = join(operations, 'prometheus/halyard.rules.yml');
const testsFile = join(operations, 'prometheus/halyard.rules.test.yml');
const dashboardFile = join(operations, 'grafana/halyard.json');
const table: Readonly<Record<string, FamilyDefinition>> = { ...halyardFamilies, ...adoptedFamilies };

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Case {
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
}
interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly datasource?: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly refId: string; readonly datasource?: object }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

const rules = (parse(readFileSync(rulesFile, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const cases = (parse(readFileSync(testsFile, 'utf8')) as { tests: Case[] }).tests;
const dashboard = JSON.parse(readFileSync(dashboardFile, 'utf8')) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Names in an expression that look like metrics: those of the tables have an underscore, functions an opening bracket. */
const metricsIn = (text: string): string[] =>
  [...text.replaceAll(/"[^"]*"/g, '""').matchAll(/\b[a-z]\w*_\w+\b(?!\s*\()/g)].map(([name]) => name);

const isServed = (name: string): boolean => {
  if (name in table) return true;
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return base !== name && table[base]?.type === 'histogram';
};

it('every metric in rules, their tests, and the dashboard is one of the tables', () => {
  const texts = [
    ...rules.map(({ expr }) => expr),
    ...cases.flatMap(({ input_series }) => input_series.map(({ series }) => series)),
    ...expressions,
    ...dashboard.templating.list.flatMap(({ definition }) => definition ?? []),
  ];
  const labels = Object.values(table).flatMap((family) => family.labels);
  const named = texts
    .flatMap(metricsIn)
    .filter((name) => !['label_values', 'group_left', '__rate_interval', ...labels].includes(name));
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((name) => !isServed(name))).toEqual([]);
});

it('every rule has a test in which it fires and one in which it stays quiet', () => {
  const checks = cases.flatMap((one) => one.alert_rule_test);
  for (const { alert } of rules) {
    const own = checks.filter(({ alertname }) => alertname === alert);
    expect([alert, own.some(({ exp_alerts }) => exp_alerts.length > 0)]).toEqual([alert, true]);
    expect([alert, own.some(({ exp_alerts }) => exp_alerts.length === 0)]).toEqual([alert, true]);
  }
  expect(checks.filter(({ alertname }) => !rules.some(({ alert }) => alert === alertname))).toEqual([]);
});

it('panels of the dashboard have numbers and queries of their own', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([]);
});

it('queries of the dashboard follow what is chosen, and miss nothing between two scrapes', () => {
  const source = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };
  for (const { title, type, description, datasource, fieldConfig, targets = [] } of dashboard.panels) {
    if (type === 'row') continue;
    expect([title, description !== '', datasource, typeof fieldConfig?.defaults.unit]).toEqual([
      title,
      true,
      source,
      'string',
    ]);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    for (const { expr, datasource: own } of targets) {
      expect([title, own]).toEqual([title, source]);
      for (const [, matchers] of expr.matchAll(/\b[a-z]\w*_\w+\{([^}]*)\}/g)) {
        expect(matchers).toMatch(/^job=~"\$job",instance=~"\$instance"/);
      }
      // A window as short as a step may hold one sample only, in which nothing changes.
      for (const [, window] of expr.matchAll(/\[([^\]]*)\]/g))
        expect(['$__rate_interval', '$__range']).toContain(window);
    }
  }
});

it('panels of the dashboard do not overlap', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

const installed = componentOrSkip('prometheus', 'the tests of the alert rules');

it.skipIf(!installed)('the rules do what their tests say (promtool)', () => {
  const check = spawnSync('promtool', ['check', 'rules', rulesFile], { encoding: 'utf8' });
  expect(check.stdout + check.stderr).toContain(`SUCCESS: ${rules.length} rules found`);
  const done = spawnSync('promtool', ['test', 'rules', testsFile], { encoding: 'utf8' });
  expect([done.status, done.stdout + done.stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

it.skipIf(!installed)('every query of the dashboard can be parsed (promtool)', () => {
  const written = expressions.map((expr) =>
    expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h').replaceAll('$__interval', '5m'),
  );
  const groups = [{ name: 'dashboard', rules: written.map((expr, index) => ({ record: `panel:${index}`, expr })) }];
  const folder = mkdtempSync(join(tmpdir(), 'halyard-dashboard-'));
  const file = join(folder, 'queries.json');
  writeFileSync(file, JSON.stringify({ groups }));
  const done = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  expect(done.stdout + done.stderr).toContain(`SUCCESS: ${written.length} rules found`);
});
