/** Evaluations and usage are counted in every mode, over sockets, on both runtimes. */
import { describe, expect, it } from 'vitest';
import { key } from '../support/proxy.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { readFamily } from '../workers/group.ts';
import { bearers, type Mode, modes, pageOf, withMode } from './running.ts';

const proxyKey = { authorization: 'proxy-key' };
const client = { authorization: '*:development.client-secret-0001' };
const flagsmithKey = { 'x-environment-key': 'client1' };

interface Asked {
  /** Labels `api` of what the mode has besides OpenFeature. */
  readonly apis: readonly string[];
  /** Asks for everything once, in each API. */
  readonly all: (server: Server) => Promise<readonly number[]>;
  /** Asks for one flag by name, in each API that can. @returns how often */
  readonly one: (server: Server, flag: string) => Promise<number>;
  /** Reports two uses of a flag that was on and one that was off, and one of a flag that does not exist. */
  readonly report: (server: Server, flag: string) => Promise<number>;
  /** What such a report comes to. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const status = async (...asked: readonly Promise<{ readonly status: number }>[]) =>
  (await Promise.all(asked)).map((reply) => reply.status);

const bucket = (flag: string) => ({
  start: '2026-01-01T00:00:00Z',
  stop: '2026-01-01T00:01:00Z',
  toggles: { [flag]: { yes: 2, no: 1, variants: { blue: 2 } }, 'made-up': { yes: 1, no: 0 } },
});
const edge: Asked = {
  apis: ['frontend', 'proxy'],
  all: (server) => status(server.get('/api/frontend', bearers.edge), server.get('/proxy', proxyKey)),
  async one(server, flag) {
    expect(await status(server.get(`/api/frontend/features/${flag}`, bearers.edge))).toEqual([200]);
    return 1;
  },
  report: async (server, flag) =>
    (await server.postJson('/api/client/metrics', { appName: 'app', bucket: bucket(flag) }, client)).status,
  outcomes: { on: 2, off: 1 },
};
const asked: Readonly<Record<Mode, Asked>> = {
  edge,
  offline: edge,
  proxy: {
    apis: ['proxy'],
    all: (server) => status(server.get('/proxy?userId=1', key)),
    async one(server, flag) {
      expect(await status(server.postJson('/proxy', { context: {}, toggles: [flag] }, key))).toEqual([200]);
      return 1;
    },
    report: async (server, flag) =>
      (await server.postJson('/proxy/client/metrics', { appName: 'app', instanceId: 'i', bucket: bucket(flag) }, key))
        .status,
    outcomes: { on: 2, off: 1 },
  },
  flagsmith: {
    apis: ['flagsmith'],
    all: (server) => status(server.get('/api/v1/flags/', flagsmithKey)),
    async one(server, flag) {
      expect(await status(server.get(`/api/v1/flags/?feature=${flag}`, flagsmithKey))).toEqual([200]);
      return 1;
    },
    report: async (server, flag) =>
      (await server.postJson('/api/v1/analytics/flags/', { [flag]: 3, 'made-up': 1 }, flagsmithKey)).status,
    outcomes: { unknown: 3 },
  },
};

/** By `api kind`. */
function evaluations(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [labels, value] of readFamily(text, 'halyard_evaluations_total')) {
    const [, system, environment, api, kind] =
      /^system="(\w+)",environment="([^"]+)",api="(\w+)",kind="(\w+)"$/.exec(labels) ?? [];
    expect(environment).toBeDefined();
    expect(system).toBe(text.includes('endpoint="/api/v1/flags"') ? 'flagsmith' : 'unleash');
    found.set(`${api} ${kind}`, (found.get(`${api} ${kind}`) ?? 0) + value);
  }
  return found;
}

/** By `flag outcome`. */
function usage(text: string, label = 'outcome', family = 'halyard_usage_total'): Map<string, number> {
  const found = new Map<string, number>();
  const pattern = new RegExp(`^system="\\w+",environment="[^"]+",flag="([^"]+)",${label}="([^"]+)"$`);
  for (const [labels, value] of readFamily(text, family)) {
    const [, flag, outcome] = pattern.exec(labels) ?? [];
    expect(flag, labels).toBeDefined();
    found.set(`${flag} ${outcome}`, value);
  }
  return found;
}

const names = async (server: Server, mode: Mode): Promise<string[]> => {
  const { text } = await server.postJson('/ofrep/v1/evaluate/flags', { context: {} }, bearers[mode]);
  return (JSON.parse(text).flags as { key: string }[]).map((flag) => flag.key);
};

describe.each(halyards())('%s', (subject) => {
  it.each(modes)('%s mode counts what requests had evaluated, by number of flags', async (mode) => {
    await withMode(mode, subject, {}, async (server) => {
      const { apis, all, one } = asked[mode];
      const [flag = ''] = await names(server, mode);
      const ready = async () => (await all(server)).every((code) => code === 200);
      await eventually('all APIs', ready);
      const text = await pageOf(server, mode);
      const flags = [...readFamily(text, 'halyard_flags').values()][0] ?? 0;
      const before = evaluations(text);
      await all(server);
      await all(server);
      const singles = await one(server, flag);
      await names(server, mode);
      await server.postJson(`/ofrep/v1/evaluate/flags/${encodeURIComponent(flag)}`, {}, bearers[mode]);
      await server.postJson('/ofrep/v1/evaluate/flags/nothing', {}, bearers[mode]);
      const after = evaluations(await pageOf(server, mode));
      const more = (name: string) => (after.get(name) ?? Number.NaN) - (before.get(name) ?? 0);
      for (const api of apis) expect([api, more(`${api} bulk`)]).toEqual([api, 2 * flags]);
      expect(more(`${apis[0]} single`)).toBe(singles);
      expect([more('ofrep bulk'), more('ofrep single')]).toEqual([flags, 1]);
    });
  });

  it.each(modes)('%s mode tells how flags are used, in a bounded number of series', async (mode) => {
    await withMode(mode, subject, { HALYARD_METRICS_FLAG_LIMIT: '1' }, async (server) => {
      const { report, outcomes } = asked[mode];
      const [first = '', second = ''] = await names(server, mode);
      expect(second).not.toBe('');
      for (const flag of [first, second]) expect(await report(server, flag)).toBeLessThan(300);
      await server.postJson(`/ofrep/v1/evaluate/flags/${encodeURIComponent(first)}:boolean`, {}, bearers[mode]);
      const text = await pageOf(server, mode);
      const counted = usage(text);
      const sumOf = (flag: string) =>
        [...counted].filter(([name]) => name.startsWith(`${flag} `)).reduce((sum, [, value]) => sum + value, 0);
      // Two reports of three uses, two made-up uses (which Flagsmith refuses), one evaluation by name.
      expect(sumOf(first)).toBe(3 + 1);
      expect(sumOf('other')).toBe(mode === 'flagsmith' ? 3 : 3 + 2);
      expect(new Set([...counted.keys()].map((name) => name.split(' ')[0]))).toEqual(new Set([first, 'other']));
      for (const [outcome, count] of Object.entries(outcomes)) {
        expect(counted.get(`${first} ${outcome}`)).toBeGreaterThanOrEqual(count);
      }
      expect(text).toContain('halyard_bound_used{bound="usage_flags",when_full="refuses",worker="main"} 1\n');
      expect(text).toContain('halyard_bound_limit{bound="usage_flags",when_full="refuses",worker="main"} 1\n');
      if (mode === 'flagsmith') return;
      const variants = usage(text, 'variant', 'halyard_usage_variants_total');
      expect([variants.get(`${first} blue`), variants.get('other other')]).toEqual([2, 2]);
    });
  });

  it('counts of workers add up, and what they hand over is not counted twice', async () => {
    await withMode('edge', subject, { WORKERS: '2' }, async (server) => {
      const reports = 12;
      await eventually('the frontend API', async () => (await edge.all(server)).every((code) => code === 200));
      const before = evaluations(await pageOf(server, 'edge')).get('frontend bulk') ?? 0;
      for (let i = 0; i < reports; i++) {
        expect(await edge.report(server, 'a')).toBe(202);
        expect((await server.get('/api/frontend', bearers.edge)).status).toBe(200);
      }
      // Handed over to the primary about once a second.
      await eventually('the primary to hold what was handed over', async () => {
        const held = readFamily(await pageOf(server, 'edge'), 'halyard_bound_used');
        return [...held].some(
          ([labels, used]) => labels.includes('usage_bytes') && labels.endsWith('worker="main"') && used > 0,
        );
      });
      const text = await pageOf(server, 'edge');
      expect(usage(text)).toEqual(
        new Map([
          ['a on', 2 * reports],
          ['a off', reports],
          ['other on', reports],
        ]),
      );
      expect((evaluations(text).get('frontend bulk') ?? 0) - before).toBe(2 * reports);
    });
  });
});
