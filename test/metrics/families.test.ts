/** What is served is what the tables say, in every mode, on both runtimes, alone and with workers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsPage } from '../../scripts/lib/metrics-page.mjs';
import { adoptedFamilies } from '../../src/operations/metrics/adopted.ts';
import { type BoundDefinition, bounds } from '../../src/operations/metrics/bounds.ts';
import { type FamilyDefinition, findHalyardFamily, halyardFamilies } from '../../src/operations/metrics/catalogue.ts';
import { componentOrSkip } from '../support/components.ts';
import { startRedis } from '../support/redis.ts';
import { halyards, repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { bearers, type Mode, modes, pageOf, withMode } from './running.ts';

const table: Readonly<Record<string, FamilyDefinition>> = { ...halyardFamilies, ...adoptedFamilies };
/** Families without samples in a run as short as this one say nothing about their labels. */
const sampleOf = /^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/i;

interface Served {
  readonly type: string;
  readonly help: string;
  readonly labels: Set<string>;
}

function read(text: string): Map<string, Served> {
  const families = new Map<string, Served>();
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]));
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    expect(families.has(name), `${name} is there once`).toBe(false);
    families.set(name, { type, help: helps.get(name) ?? '', labels: new Set() });
  }
  const series = new Set<string>();
  for (const line of text.split('\n')) {
    const found = sampleOf.exec(line);
    if (found === null) continue;
    const [, sample = '', pairs = ''] = found;
    expect(series.has(`${sample}{${pairs}}`), `${line} is there once`).toBe(false);
    series.add(`${sample}{${pairs}}`);
    const family = families.get(sample) ?? families.get(sample.replace(/_(bucket|sum|count)$/, ''));
    const labels = [...pairs.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label);
    family?.labels.add(labels.filter((label) => label !== 'le').join());
  }
  return families;
}

/** @param only families of these modes have to be there */
function expectTable(text: string, only: readonly string[]): void {
  const served = read(text);
  const expected = Object.entries(table).filter(([, family]) => family.modes.some((mode) => only.includes(mode)));
  expect([...served.keys()].sort()).toEqual(expected.map(([name]) => name).sort());
  for (const [name, { type, labels }] of expected) {
    const got = served.get(name) as Served;
    expect([name, got.type]).toEqual([name, type]);
    expect([name, ...[...got.labels].filter((found) => found !== labels.join())]).toEqual([name]);
    const own = findHalyardFamily(name);
    if (own !== undefined) expect([name, got.help]).toEqual([name, own.help]);
  }
}

/** Bounds by name: how full, and how full at most, each by process. */
function boundsIn(text: string): Map<string, Map<string, { used: number; limit: number }>> {
  const found = new Map<string, Map<string, { used: number; limit: number }>>();
  const sample = /^halyard_bound_(used|limit)\{bound="(\w+)",when_full="(\w+)",worker="(main|\d+)"\} (\S+)$/gm;
  for (const [, what = '', name = '', whenFull, worker = '', value] of text.matchAll(sample)) {
    expect([name, whenFull]).toEqual([name, (bounds as Readonly<Record<string, BoundDefinition>>)[name]?.whenFull]);
    const processes = found.get(name) ?? new Map<string, { used: number; limit: number }>();
    found.set(name, processes);
    processes.set(worker, {
      ...{ used: Number.NaN, limit: Number.NaN },
      ...processes.get(worker),
      [what]: Number(value),
    });
  }
  return found;
}

function expectBounds(text: string, mode: Mode, workers: readonly string[]): void {
  const found = boundsIn(text);
  const expected = Object.entries<BoundDefinition>(bounds).filter(([, { modes: where }]) => where.includes(mode));
  expect([...found.keys()].sort()).toEqual(expected.map(([name]) => name).sort());
  for (const [name, processes] of found) {
    expect([name, ...[...processes.keys()].sort()]).toEqual([name, ...workers]);
    for (const { used, limit } of processes.values()) {
      expect([name, used >= 0 && used <= limit], `${used} of ${limit}`).toEqual([name, true]);
    }
  }
}
const redis = componentOrSkip('redis', 'metrics of a fleet with a real Redis');

describe.each(halyards())('%s', (subject) => {
  it.each(modes)('%s mode serves exactly the families of the tables', async (mode) => {
    await withMode(mode, subject, {}, async (server) => {
      await server.get('/ofrep/v1/configuration', {});
      await server.postJson('/ofrep/v1/evaluate/flags', { context: { targetingKey: 'u' } }, bearers[mode]);
      const text = await pageOf(server, mode);
      expectTable(text, [mode]);
      expectBounds(text, mode, ['main']);
      expect(boundsIn(text).get('ofrep_endings')?.get('main')).toEqual({ used: 1, limit: 256 });
      expect(boundsIn(text).get('ofrep_reply_cache_bytes')?.get('main')?.limit).toBeGreaterThan(0);
      expect(text).toMatch(/^halyard_requests_total\{endpoint="[^"]+",status="\d+"\} [1-9]/m);
      expect(text).toMatch(/^halyard_flags\{environment="[^"]+"\} [1-9]/m);
      expect(text).toMatch(/^halyard_definitions_from_backup\{environment="[^"]+"\} 0$/m);
      expect(text).not.toMatch(/secret|client1|ser\.one|proxy-key/);
      if (mode === 'offline') return;
      expect(text).toMatch(/^halyard_fetches_total\{environment="[^"]+",outcome="changed"\} 1$/m);
      const confirmed = /^halyard_definitions_confirmed_timestamp_seconds\{.*\} (\S+)$/m.exec(text)?.[1];
      expect(Math.abs(Number(confirmed) - Date.now() / 1_000)).toBeLessThan(600);
    });
  });

  it.each(['proxy', 'edge', 'flagsmith'] as const)('%s mode with workers adds theirs', async (mode) => {
    await withMode(mode, subject, { WORKERS: '2', HALYARD_WORKERS: '2' }, async (server) => {
      const text = await eventually('both workers', async () => {
        const page = await pageOf(server, mode);
        return page.match(/^halyard_worker_definitions_revision\{/gm)?.length === 2 ? page : undefined;
      });
      expectTable(text, [mode, 'workers']);
      expectBounds(text, mode, ['1', '2', 'main']);
      expect(text).toMatch(/^halyard_worker_definitions_revision\{worker="\d+",environment="[^"]+"\} \d+$/m);
      expect(text).toMatch(/^halyard_fetches_total\{environment="[^"]+",outcome="changed"\} 1$/m);
    });
  });

  it.skipIf(!redis).each(['proxy', 'edge', 'flagsmith'] as const)('%s mode in a fleet adds theirs', async (mode) => {
    const { port, stop } = await startRedis();
    try {
      const env = { HALYARD_FLEET_REDIS_URL: `redis://127.0.0.1:${port}` };
      await withMode(mode, subject, env, async (server) => {
        const text = await pageOf(server, mode);
        expectTable(text, [mode, 'fleet']);
        expect(text).toMatch(/^halyard_fleet_redis_up 1$/m);
        expect(text).toMatch(/^halyard_fleet_leader 1$/m);
        expect(text).toMatch(/^halyard_fleet_exchanges_total\{role="asked"\} [1-9]/m);
        expect(text).toMatch(/^halyard_fleet_exchanges_total\{role="alone"\} 0$/m);
        expect(text).toMatch(/^halyard_fleet_usage_limit_bytes 8388608$/m);
        expect(text).not.toMatch(/secret|client1|ser\.one|proxy-key/);
      });
    } finally {
      await stop();
    }
  });
});

it('docs/metrics.md is what "npm run docs" writes', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/metrics.md'), 'utf8');
  expect(page).toBe(metricsPage(halyardFamilies, adoptedFamilies, bounds));
});
