/** OpenFeature's published web provider in Chromium and in Node, against Halyard in every mode. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentOrSkip } from '../../support/components.ts';
import { halyards } from '../../support/subjects.ts';
import { eventually } from '../../support/wait.ts';
import { cases, expectedOf, refused } from './cases.ts';
import { flagMetadata } from './metadata.ts';
import { type Access, type Modes, modesMs, startModes } from './modes.ts';
import { type ClientOptions, type Platform, type Seen, startClients, type WebClients } from './web/platforms.ts';

const hasProvider = componentOrSkip('openfeature-web', 'the test of the OpenFeature provider for the web');
const hasBrowser = hasProvider && componentOrSkip('chromium', 'the test of that provider in a browser');
const platforms = (['Chromium', 'Node'] satisfies Platform[]).filter((platform) =>
  platform === 'Chromium' ? hasBrowser : hasProvider,
);

const pro = { targetingKey: 'alice', plan: 'pro' };
const free = { targetingKey: 'alice', plan: 'free' };
const views = ['boolean', 'number', 'object'];
const patienceMs = 60_000;

/** How a client hears of changes: it asks again and again, or listens to the event stream and asks only then. */
const ways = {
  polling: { changeDetection: 'polling', pollInterval: 200 },
  stream: { changeDetection: 'sse', pollInterval: 0 },
} as const;
const wayNames = ['polling', 'stream'] as const;

const casesFor = (plan: string) => cases.filter(({ context }) => context.plan === plan);
const plainCase = cases.filter(({ flag, type }) => flag === 'plain' && type === 'boolean');

describe.skipIf(platforms.length === 0).each(halyards())('OpenFeature on the web, %s', (subject) => {
  let modes: Modes;
  beforeAll(async () => {
    modes = await startModes(subject);
  }, modesMs);
  afterAll(() => modes?.close());

  describe.each(platforms)('%s', (platform) => {
    let clients: WebClients;
    const optionsFor = ({ name, baseUrl, token }: Access, way: keyof typeof ways): ClientOptions => ({
      ...{ name: `${name}, ${way}`, baseUrl, token, context: pro, views, cacheMode: 'disabled' },
      ...ways[way],
    });

    beforeAll(async () => {
      clients = await startClients(platform);
      for (const access of modes.accesses) {
        for (const way of wayNames)
          expect([access.name, await clients.open(optionsFor(access, way))]).toEqual([access.name, null]);
      }
    });
    afterAll(() => clients?.end());

    /** Calls for every client of every mode. */
    async function forAll(each: (access: Access, client: string, way: keyof typeof ways) => Promise<void>) {
      for (const access of modes.accesses)
        for (const way of wayNames) await each(access, `${access.name}, ${way}`, way);
    }

    const eventuallySeen = (client: string, what: string, probe: (seen: Seen) => boolean) =>
      eventually(`${client}: ${what}`, async () => probe(await clients.seen(client)), patienceMs, 100);

    async function expectAnswers(access: Access, client: string, plan: string) {
      const asked = casesFor(plan);
      const told = await clients.ask(client, asked);
      expect(
        told.map(({ value, variant, reason, errorCode }, at) => [
          client,
          asked[at]!.flag,
          value,
          variant,
          reason,
          errorCode,
        ]),
      ).toEqual(
        asked.map((one) => {
          const [value, variant, reason, errorCode] = expectedOf(one, access.system);
          return [client, one.flag, value, variant, reason, errorCode];
        }),
      );
      // Where the set has no such flag, the provider tells which set it was.
      expect(told.map(({ metadata }, at) => [client, asked[at]!.flag, metadata])).toEqual(
        asked.map((one, at) => [
          client,
          one.flag,
          told[at]!.errorCode === 'FLAG_NOT_FOUND'
            ? { flagSetId: access.flagSetId, version: expect.any(String) }
            : flagMetadata(access, one),
        ]),
      );
    }

    it('OF-9 OF-15 OF-18 OF-44 OF-45 OF-52 one request at the start gives values, reasons, errors and metadata', () =>
      forAll(async (access, client) => {
        const { status, requests } = await clients.seen(client);
        expect([client, status]).toEqual([client, 'READY']);
        expect(requests[0]).toMatchObject({ ifNoneMatch: null, status: 200, etag: expect.stringMatching(/^"[^"]+"$/) });
        await expectAnswers(access, client, 'pro');
      }));

    it('OF-22 OF-24 asks again with its entity tag, and is told that nothing has changed', () =>
      forAll(async (_, client, way) => {
        if (way === 'stream') return;
        const before = await clients.seen(client);
        const is304 = ({ status }: { readonly status: number }) => status === 304;
        await eventuallySeen(client, 'a 304', ({ requests }) => requests.slice(before.requests.length).some(is304));
        const { events, requests } = await clients.seen(client);
        const fetched = requests.filter(({ status }) => status === 200).map(({ etag }) => etag);
        for (const { ifNoneMatch, etag, status } of requests) {
          if (status === 304) expect([client, ifNoneMatch, fetched.includes(etag)]).toEqual([client, etag, true]);
        }
        expect(events.slice(before.events.length).flatMap(({ flagsChanged }) => flagsChanged)).toEqual([]);
      }));

    it('OF-25 another context, with the same entity tag at first, gets answers of its own', () =>
      forAll(async (access, client) => {
        await clients.setContext(client, free);
        await expectAnswers(access, client, 'free');
        await clients.setContext(client, pro);
        await expectAnswers(access, client, 'pro');
        const { status, events } = await clients.seen(client);
        expect([client, status]).toEqual([client, 'READY']);
        expect(events.filter(({ event }) => event === 'PROVIDER_CONTEXT_CHANGED')).toHaveLength(2);
      }));

    it('OF-27 OF-31 OF-37 a change of flags reaches who polls and who listens, and so does the next one', async () => {
      const before = new Map<string, Seen>();
      await forAll(async (_, client) => void before.set(client, await clients.seen(client)));
      for (const isOn of [false, true]) {
        const heardSoFar = new Map<string, number>();
        const heard = ({ events }: Seen) => events.filter(({ flagsChanged }) => flagsChanged.includes('plain')).length;
        await forAll(async (_, client) => void heardSoFar.set(client, heard(await clients.seen(client))));
        await modes.switchPlain(isOn);
        await forAll(async (_, client) => {
          await eventuallySeen(client, 'the change', (seen) => heard(seen) > heardSoFar.get(client)!);
          const [told] = await clients.ask(client, plainCase);
          const [value, variant, reason] = isOn ? [true, 'on', 'STATIC'] : [false, 'off', 'DISABLED'];
          expect([client, told]).toMatchObject([client, { value, variant, reason }]);
        });
      }
      await forAll(async (_, client, way) => {
        if (way === 'polling') return;
        const { requests, status } = await clients.seen(client);
        const since = requests.slice(before.get(client)!.requests.length);
        // Who listens asks when it is told to, and says why.
        expect([client, since.filter(({ query }) => !query.includes('flagConfigEtag='))]).toEqual([client, []]);
        expect([client, status]).toEqual([client, 'READY']);
      });
    });

    it('OF-11 a credential that nobody knows ends the provider, and the application gets its defaults', async () => {
      for (const access of modes.accesses) {
        const { baseUrl } = access;
        const name = `${access.name}, refused`;
        expect(await clients.open({ name, baseUrl, token: 'nobody-knows-this', context: pro })).toMatchObject({
          code: 'PROVIDER_FATAL',
        });
        const { status, events, requests } = await clients.seen(name);
        expect([status, events.map(({ event }) => event)]).toEqual(['FATAL', ['PROVIDER_ERROR']]);
        expect(requests.map((request) => request.status)).toEqual([401]);
        const told = await clients.ask(name, refused);
        expect(told.map(({ value, reason, errorCode }) => [value, reason, errorCode])).toEqual(
          refused.map(({ default: fallback }) => [fallback, 'ERROR', 'PROVIDER_FATAL']),
        );
      }
    });

    // Node has neither a place to keep answers in nor a console that complains.
    if (platform !== 'Chromium') return;

    it('OF-24 a second visit shows what the first one kept, and asks whether it still holds', async () => {
      for (const access of modes.accesses) {
        const options = {
          ...optionsFor(access, 'polling'),
          name: `${access.name}, again`,
          cacheMode: 'local-cache-first',
        } as const;
        expect(await clients.open(options)).toBeNull();
        const [first] = (await clients.seen(options.name)).requests;
        expect(await clients.open({ ...options, changeDetection: 'none' })).toBeNull();
        const [told] = await clients.ask(options.name, plainCase);
        expect([options.name, told]).toMatchObject([options.name, { value: true, reason: 'CACHED' }]);
        await eventuallySeen(options.name, 'an answer', ({ requests }) => requests.length > 0);
        expect((await clients.seen(options.name)).requests[0]).toMatchObject({
          ifNoneMatch: first!.etag,
          status: 304,
        });
      }
    });

    it('the browser complains about the refused credential only', () => {
      const [...complaints] = clients.complaints();
      expect(complaints.filter((text) => !/401 \(Unauthorized\)/.test(text))).toEqual([]);
    });
  });
});
