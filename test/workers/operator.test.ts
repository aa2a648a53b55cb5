/** Operator tools and the age of definitions with several workers, in every mode that fetches, on both runtimes. */
import { describe, expect, it } from 'vitest';
import { modes, pageOf, withMode } from '../metrics/running.ts';
import { key, withProxy } from '../support/proxy.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { answer } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { readFamily } from './group.ts';

const operator = 'operator-token-for-tests';
const bearer = { authorization: `Bearer ${operator}` };
const workers = 2;
const env = {
  WORKERS: String(workers),
  HALYARD_WORKERS: String(workers),
  HALYARD_OPERATOR_TOKEN: operator,
  UNLEASH_FETCH_INTERVAL: '300',
  FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  API_POLL_FREQUENCY_SECONDS: '1',
};
const fetching = modes.filter((mode) => mode !== 'offline');

interface Held {
  readonly name: string;
  readonly state: { readonly revision: number; readonly publishedAtMs: number } | null;
  readonly confirmedMs: number | null;
}
interface Status {
  readonly nowMs: number;
  readonly workers: readonly { readonly worker: number; readonly environments: readonly Held[] }[];
}

async function statusOf(server: Server): Promise<Status | undefined> {
  const { status, text } = await server.get('/halyard/status', bearer);
  return status === 200 ? (JSON.parse(text) as Status) : undefined;
}

/** Bulk metadata as OpenFeature clients of Unleash Proxy mode see it. */
async function metadataOf(server: Server): Promise<{ readonly stale?: boolean }> {
  const { text } = await server.postJson('/ofrep/v1/evaluate/flags', { context: {} }, key);
  return JSON.parse(text).metadata;
}

/** What a flag's own API says of one flag of each mode: its name, and whether it is on. */
const served: Readonly<Record<string, (server: Server) => Promise<readonly [flag: string, enabled: boolean]>>> = {
  proxy: async (server) => {
    const { toggles } = JSON.parse((await server.get('/proxy?userId=7', key)).text);
    return [toggles[0].name, toggles[0].enabled];
  },
  edge: async (server) => {
    const { toggles } = JSON.parse((await server.get('/proxy?userId=7', { authorization: 'proxy-key' })).text);
    return [toggles[0].name, toggles[0].enabled];
  },
  flagsmith: async (server) => {
    const flags = JSON.parse((await server.get('/api/v1/flags/', { 'x-environment-key': 'client1' })).text);
    return [flags[0].feature.name, flags[0].enabled];
  },
};

describe.each(halyards())('%s', (subject) => {
  it.each(fetching)('%s mode: the status tells how old the definitions of each worker are', async (mode) => {
    await withMode(mode, subject, env, async (server) => {
      const first = await eventually('the status of both workers', async () => {
        const status = await statusOf(server);
        const held = status?.workers.flatMap(({ environments }) => environments) ?? [];
        const isWhole = held.length === workers && held.every(({ state, confirmedMs }) => state && confirmedMs);
        return isWhole ? status : undefined;
      });
      expect(first.workers.map(({ worker }) => worker)).toEqual([1, 2]);
      const before = first.workers.map(({ environments }) => environments[0] as Held);
      for (const { state, confirmedMs } of before) {
        expect(state?.revision).toBe(1);
        expect(confirmedMs).toBeLessThanOrEqual(first.nowMs);
      }
      // Upstream confirms without a change, and every worker hears of it.
      const later = await eventually('a later confirmation', async () => {
        const held = (await statusOf(server))?.workers.map(({ environments }) => environments[0] as Held) ?? [];
        const isNews = ({ confirmedMs }: Held, index: number) =>
          (confirmedMs ?? 0) > (before[index]?.confirmedMs ?? Number.POSITIVE_INFINITY);
        return held.length === workers && held.every(isNews) ? held : undefined;
      });
      expect(later.map(({ state }) => state?.revision)).toEqual([1, 1]);
      const page = await pageOf(server, mode);
      const times = readFamily(page, 'halyard_worker_definitions_confirmed_timestamp_seconds');
      expect([...times.keys()].map((labels) => /worker="(\d)",environment="[^"]+"/.exec(labels)?.[1])).toEqual([
        '1',
        '2',
      ]);
      for (const seconds of times.values()) expect(seconds * 1_000).toBeGreaterThanOrEqual(before[0]?.confirmedMs ?? 0);
    });
  });

  it.each(fetching)('%s mode: whichever worker is asked, a flag is explained as it is served', async (mode) => {
    await withMode(mode, subject, env, async (server) => {
      await eventually('both workers', async () => (await statusOf(server))?.workers.length === workers);
      const [flag, enabled] = await eventually('an answer', () => served[mode]?.(server).catch(() => undefined));
      const question = { context: mode === 'flagsmith' ? {} : { userId: '7' } };
      const texts = new Set<string>();
      for (let i = 0; i < 8; i++) {
        const { status, text } = await server.postJson(
          `/halyard/explain/${encodeURIComponent(flag)}`,
          question,
          bearer,
        );
        expect(status, text).toBe(200);
        const told = JSON.parse(text);
        expect(told).toMatchObject({ flag, answer: { enabled } });
        expect(told.environment.confirmedAgeSeconds).not.toBeNull();
        texts.add(JSON.stringify(told.answer));
      }
      expect(texts.size).toBe(1);
    });
  });

  it.each(fetching)('%s mode: bodies are read for operators only, and only up to their limit', async (mode) => {
    await withMode(mode, subject, env, async (server) => {
      const large = 'x'.repeat(3_000_000);
      const refused = await server.postJson('/halyard/explain/a', large, { authorization: 'Bearer wrong' });
      expect([refused.status, JSON.parse(refused.text).error]).toEqual([401, 'unauthorized']);
      const told = await server.postJson('/halyard/explain/a', large, bearer);
      expect([told.status, JSON.parse(told.text).error]).toEqual([413, 'too_large']);
      expect(server.stdout() + server.stderr()).not.toContain('BodyTooLarge');
    });
  });

  it('workers call definitions stale when upstream is silent, and not because nothing changed', async () => {
    await withProxy(subject, { env: { ...env, HALYARD_OFREP_STALE_AFTER: '1' } }, async ({ server, upstream }) => {
      const held = () => statusOf(server).then((status) => status?.workers.flatMap(({ environments }) => environments));
      await eventually('confirmations long after the change', async () => {
        const all = (await held()) ?? [];
        const isLater = ({ state, confirmedMs }: Held) => (confirmedMs ?? 0) > (state?.publishedAtMs ?? 0) + 2_000;
        return all.length === workers && all.every(isLater);
      });
      await eventually('an answer that is fresh', async () => (await metadataOf(server)).stale === undefined);
      upstream.behave('features', answer(503));
      await eventually('answers that are stale', async () => {
        const told = await Promise.all(Array.from({ length: 8 }, () => metadataOf(server)));
        return told.every(({ stale }) => stale === true);
      });
    });
  });
});
