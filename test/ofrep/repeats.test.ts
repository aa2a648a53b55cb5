/** Bulk requests that come again are answered from memory: nobody can tell by the answers, or by what is counted. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { finish } from '../../src/flags/steps.ts';
import { loadEnvironment } from '../../src/flagsmith/environment/served-environment.ts';
import { createOfrepFor } from '../../src/library/ofrep/attach.ts';
import type { Ofrep } from '../../src/ofrep/handler.ts';
import { edgeInMemory, scriptedUpstream, flag as unleashFlag } from '../edge/harness.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { eventually } from '../support/wait.ts';
import {
  type Answer,
  asker,
  clientKey,
  flag,
  flagsmithOfrepOf,
  proxyOfrep,
  rollout,
  serverToken,
  set,
} from './harness.ts';

const path = '/ofrep/v1/evaluate/flags';
const plan = {
  strategies: [{ name: 'default', constraints: [{ contextName: 'plan', operator: 'IN', values: ['pro'] }] }],
};
const later = (at: string) => ({
  strategies: [{ name: 'default', constraints: [{ contextName: 'currentTime', operator: 'DATE_AFTER', value: at }] }],
});
const random = { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'random' } }] };
const address = { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.1.1.1' } }] };
const many = Array.from({ length: 20 }, (_, i) => flag(`flag-${i}`, { strategies: [rollout(5 * i)] }));
const marker = (step: number) => flag(`step-${step}`);
/** Documents one after the other; from the first and the last one each body follows. */
const documents = [
  set(marker(0), flag('a'), flag('plan', plan), ...many),
  set(marker(1), flag('a', random), flag('b', random), flag('plan', plan), ...many, flag('z', random)),
  set(marker(2), flag('a', later('2026-06-01T00:01:00Z')), flag('plan', plan)),
  set(marker(3), flag('a', address), flag('plan', plan), ...many),
  set(marker(4), flag('a', { enabled: false }), flag('plan', plan), ...many),
];

interface Subject {
  readonly ask: ReturnType<typeof asker>['ask'];
  readonly ofrep: Pick<Ofrep, 'bounds'>;
  readonly keys: readonly string[];
  /** Puts the next flags in use. */
  readonly next: (step: number) => Promise<unknown>;
  readonly advance: (ms: number) => unknown;
  /** Everything that was counted. */
  readonly counted: () => unknown;
}

type Start = (environment: Record<string, string>, random: () => number) => Promise<Subject>;

const starts: Readonly<Record<string, Start>> = {
  async Proxy(environment, random) {
    const { ask, ofrep, load, timers, core } = await proxyOfrep(documents[0], { environment, random });
    const { evaluations } = core.source.options;
    return {
      ...{ ask, ofrep, advance: timers.advance, next: (step) => load(documents[step]) },
      keys: [clientKey, 'another-client-key', serverToken],
      counted: () => [evaluations.ofrep.bulk, core.usage.take()],
    };
  },
  async Edge(environment, random) {
    const client = '*:development.client-secret';
    const frontend = '*:development.frontend-secret';
    const upstream = scriptedUpstream();
    upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
    upstream.features.set(client, documents[0]);
    const edge = await edgeInMemory(['--dynamic', '--tokens', client], upstream, undefined, environment);
    await edge.start();
    const world = { now: edge.timers.now, set: edge.timers.set, random };
    const ofrep = createOfrepFor({ ...edge.ofrep, world });
    if (ofrep === undefined) throw new TypeError('no OFREP');
    return {
      ...{ ask: asker(ofrep, frontend).ask, ofrep, keys: [frontend, client], advance: edge.timers.advance },
      async next(step) {
        const { environments } = edge.core;
        upstream.features.set(client, documents[step]);
        const isNext = ({ name }: { readonly name: string }) => name === `step-${step}`;
        await eventually('the next flags', async () => {
          await edge.service.refresh.refresh('development');
          return environments.get('development')?.document.features.some(isNext) ?? false;
        });
      },
      counted: () => edge.figures().match(/^halyard_(evaluations|usage)_total\{.*$/gm),
    };
  },
  async Flagsmith(environment) {
    const { ask, ofrep, registry, used } = flagsmithOfrepOf(e2eDocument(), { environment });
    return {
      ...{ ask, ofrep, keys: ['client', 'ser.client'], advance: () => {}, counted: () => used },
      async next(step) {
        const changed = e2eDocument({ name: `environment ${step}` });
        const { environment: loaded } = finish(loadEnvironment([changed], { mode: 'proxy', details: false }));
        if (loaded === null) throw new TypeError('a bad document');
        registry.find('client')?.registered.slot.publish(loaded, 'upstream');
      },
    };
  },
};

/** A row of numbers that look like chance and are the same each time. */
function chooser(seed: number) {
  let state = seed;
  return <Item>(items: readonly Item[]): Item => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return items[(state >>> 12) % items.length] as Item;
  };
}

const bodies = [
  '',
  '{}',
  '{"context":{"targetingKey":"u"}}',
  '{"context":{"targetingKey":"u"}} ',
  '{"context":{"targetingKey":"v","plan":"pro"}}',
  '{"context":{"targetingKey":"v","plan":"prö"}}',
  Uint8Array.of(0x7b, 0xff, 0x7d),
  '{"context":{"targetingKey":"w","currentTime":"2026-07-01T00:00:00Z"}}',
  '{"context":',
];

const without = { HALYARD_OFREP_REPLY_CACHE_LIMIT: '0' };

describe.each(Object.entries(starts))('%s', (_name, start) => {
  it.each([
    {},
    { HALYARD_OFREP_COUNT_BULK: 'true' },
    { HALYARD_OFREP_ORIGINS: 'https://a.example,https://b.example', HALYARD_OFREP_STRICT: 'true' },
  ])(
    'OF-22 OF-25 OF-26 OF-54 every answer and every count is what it is without memory, with %j',
    async (environment) => {
      // The same for both, whichever of them asks for it.
      let chance = 0.5;
      const random = () => chance;
      const subject = await start(environment, random);
      const reference = await start({ ...environment, ...without }, random);
      const choose = chooser(4_711);
      const tags = new Set<string>();
      const statuses = new Map<number, number>();
      for (let step = 0; step < documents.length; step++) {
        for (let i = 0; i < 400; i++) {
          const tag = choose([...tags].slice(-12));
          const encoding = choose([undefined, undefined, 'gzip', 'br', 'gzip, br']);
          const condition = choose([undefined, undefined, tag, tag, `W/${tag}`, '*', '"other"']);
          const origin = choose([undefined, 'https://a.example', 'https://b.example', 'https://c.example']);
          const asked = {
            body: choose(bodies),
            key: choose([...subject.keys, ...subject.keys, 'nobody']),
            peer: choose(['127.0.0.1', '10.1.1.1']),
            headers: {
              ...{ host: choose(['flags.example', 'flags.example', 'other.example']) },
              ...(encoding && { 'accept-encoding': encoding }),
              ...(condition && { 'if-none-match': condition }),
              ...(origin && { origin }),
            },
          };
          chance = choose([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
          const url = `${path}${choose(['', '', '', '?keys=a', '?views=boolean'])}`;
          const answer = await subject.ask(url, asked);
          const expected = await reference.ask(url, asked);
          expect(told(answer), JSON.stringify([url, asked])).toEqual(told(expected));
          if (answer.headers.etag !== undefined) tags.add(answer.headers.etag);
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        }
        await subject.advance(40_000);
        await reference.advance(40_000);
        if (step + 1 < documents.length) {
          await subject.next(step + 1);
          await reference.next(step + 1);
        }
      }
      expect(subject.counted()).toEqual(reference.counted());
      const remembered = subject.ofrep.bounds().ofrep_request_cache_bytes;
      expect(remembered.used).toBeLessThanOrEqual(remembered.limit);

      expect(remembered.used).toBeGreaterThan(1_000);
      expect(reference.ofrep.bounds().ofrep_request_cache_bytes).toEqual({ used: 0, limit: 0 });
      for (const status of [200, 304, 400, 401]) expect(statuses.get(status)).toBeGreaterThan(20);
    },
  );
});

function told({ status, headers, reply }: Answer): unknown {
  const bytes = reply.body === null ? undefined : Buffer.from(reply.body as string);
  const unpack = { gzip: gunzipSync, br: brotliDecompressSync }[headers['content-encoding'] ?? ''];
  return { status, headers, length: bytes?.length, text: bytes && (unpack?.(bytes) ?? bytes).toString() };
}

/** How often a request was read: each draws a seed. */
async function counting(document: object) {
  let read = 0;
  const started = await proxyOfrep(document, {
    random: () => {
      read++;
      return 0.5;
    },
  });
  const again = async (...asked: Parameters<typeof started.bulk>) => {
    const before = read;
    let last: Answer | undefined;
    for (let i = 0; i < 6; i++) last = await started.bulk(...asked);
    return { last: last as Answer, read: read - before };
  };
  return { ...started, again };
}

it('OF-25 a request is read until it is remembered, and again after a change', async () => {
  const { again, load, bulk } = await counting(set(flag('a'), flag('plan', plan)));
  expect((await again()).read).toBeLessThanOrEqual(4);
  expect((await again()).read).toBe(0);
  const { last, read } = await again({ targetingKey: 'u', plan: 'pro' });
  expect(read).toBeLessThanOrEqual(4);
  expect(last.json.flags[1]).toMatchObject({ key: 'plan', value: true });
  const headers = { 'if-none-match': last.headers.etag ?? '' };
  const unchanged = await again({ targetingKey: 'u', plan: 'pro' }, { headers });
  expect([unchanged.last.status, unchanged.read]).toEqual([304, 1]);
  await load(set(flag('a', { enabled: false }), flag('plan', plan)));
  expect((await bulk()).json.flags[0]).toMatchObject({ key: 'a', value: false });
  expect((await bulk({ targetingKey: 'u', plan: 'pro' }, { headers })).status).toBe(200);
});

it.each([
  ['chance', random],
  ['the clock', later('2026-06-01T00:01:00Z')],
])('OF-25 what follows from %s is asked each time', async (_what, members) => {
  const { again, timers, bulk } = await counting(set(flag('a', members)));
  expect((await again()).read).toBeGreaterThanOrEqual(6);
  await timers.advance(90_000);
  if (members !== random) expect((await bulk()).json.flags[0]?.value).toBe(true);
});

it('OF-25 OF-48 what follows from the address is remembered for that address', async () => {
  const { again } = await counting(set(flag('a', address)));
  for (let i = 0; i < 2; i++) {
    expect((await again({}, { peer: '10.9.9.9' })).last.json.flags[0]?.value).toBe(false);
    expect((await again({}, { peer: '10.1.1.1' })).last.json.flags[0]?.value).toBe(true);
    expect((await again({}, { peer: '10.1.1.1', key: serverToken })).last.json.flags[0]?.value).toBe(false);
  }
  expect((await again({}, { peer: '10.1.1.1' })).read).toBe(0);
});

it('OF-25 what an extension adds to a context is never remembered', async () => {
  let added = 'free';
  const { bulk } = await proxyOfrep(set(flag('plan', plan)), {
    options: {
      expCustomEnrichers: [async (context) => ({ ...context, properties: { plan: added } })],
    },
  });
  for (let i = 0; i < 6; i++) expect((await bulk()).json.flags[0]?.value).toBe(false);
  added = 'pro';
  expect((await bulk()).json.flags[0]?.value).toBe(true);
});

it('OF-11 a token that is revoked gets nothing from memory', async () => {
  const client = '*:development.client-secret';
  const frontend = '*:development.frontend-secret';
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [unleashFlag('a'), unleashFlag('web', 'web')] });
  const { service, start, ofrep: parts, timers } = await edgeInMemory(['--dynamic', '--tokens', client], upstream);
  await start();
  const ofrep = createOfrepFor({ ...parts, world: { now: timers.now, set: timers.set, random: () => 0.5 } });
  const { bulk } = asker(ofrep as Ofrep, frontend);
  for (let i = 0; i < 6; i++) expect((await bulk()).json.flags.map(({ key }) => key)).toEqual(['a', 'web']);
  expect(ofrep?.bounds().ofrep_request_cache_bytes.used).toBeGreaterThan(0);
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['web'] });
  await service.validator.revalidate();
  await eventually('the narrower token', async () => (await bulk()).json.flags.length === 1);
  upstream.tokens.delete(frontend);
  await service.validator.revalidate();
  expect((await bulk()).status).toBe(401);
});
