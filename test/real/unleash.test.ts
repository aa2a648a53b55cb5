/**
 * Halyard between a real Unleash (on a real PostgreSQL) and the published SDKs, one of them in a real browser. The
 * subject is a black box: a command and the old proxy's variables. `HALYARD_TEST_SUBJECTS=real` runs the same tests
 * against the original package, which proves the tests.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { send } from '../support/http.ts';
import type { Server } from '../support/server.ts';
import { isHalyard, type Subject, subjects } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import type { Usage } from './support/admin.ts';
import type { OpenPage } from './support/browser.ts';
import { answered, outcomeOf, planned } from './support/outcomes.ts';
import { flags, insider, outsider, weighed } from './support/plan.ts';
import {
  type FrontendSdk,
  type SdkContext,
  type SdkToggle,
  type ServerSdk,
  startFrontendSdk,
  startServerSdk,
} from './support/sdks.ts';
import { type Changing, environment, seedChanging } from './support/seed.ts';
import { worldMs } from './support/unleash-server.ts';
import { clientKey, createWorld, serverToken, type World } from './support/world.ts';

const purpose = 'the test with a real Unleash, the published SDKs and Chromium';
const missing = ['unleash-server', 'unleash-clients', 'chromium'].filter((name) => !componentOrSkip(name, purpose));
const title = missing.length > 0 ? `real Unleash (skipped: ${missing.join(', ')} not installed)` : 'real Unleash';

/** Long enough for Unleash to write usage (every 5 s) and applications (every 20 s) to its database. */
const unleashWritesMs = 90_000;

describe.skipIf(missing.length > 0)(title, () => {
  let world: World;
  const servers = new Map<Subject, Server>();
  const directories = new Map<Subject, string>();

  beforeAll(async () => {
    world = await createWorld();
    for (const subject of subjects()) {
      const directory = await world.newDirectory();
      directories.set(subject, directory);
      servers.set(subject, await world.start(subject, {}, directory));
    }
  }, worldMs);

  afterAll(async () => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    await world?.close();
  });

  describe.each(subjects())('%s', (subject) => {
    let server: Server;
    let url: string;
    const registered = `real-${subject}-registered`;
    let quiet: Server;
    let changing: Changing;
    let page: OpenPage;
    const open: FrontendSdk[] = [];

    beforeAll(async () => {
      server = servers.get(subject)!;
      url = `http://127.0.0.1:${server.port}/proxy`;
      changing = await seedChanging(world.admin, subject);
      // Unleash writes clients in batches, and one that also sends usage may lose its SDK's name there (in a batch with
      // another's registration). This one only registers.
      quiet = await world.start(subject, { UNLEASH_APP_NAME: registered, UNLEASH_METRICS_INTERVAL: '3600000' });
      page = await world.browser.open({
        appName: 'shop-page',
        url,
        clientKey,
        person: insider,
        otherPerson: outsider,
        watched: changing.flag,
      });
    });

    beforeEach(({ onTestFailed }) => {
      onTestFailed(() => {
        console.error(
          `${subject} said:\n${server.stdout()}${server.stderr()}\nUnleash said:\n${world.unleash.output()}`,
        );
      });
    });

    afterAll(async () => {
      for (const sdk of open) sdk.stop();
      await page?.close();
      await quiet?.stop();
    });

    const sdkFor = async (context: SdkContext, usePost = false) => {
      const sdk = await startFrontendSdk({ url, clientKey, context, usePost });
      open.push(sdk);
      return sdk;
    };

    const usageOf = (flag: string, expected: Usage, appName = world.appName(subject)) =>
      eventually(
        `the usage of ${flag} to reach Unleash`,
        async () => {
          const usage = await world.admin.usage(flag, appName, environment);
          // Unleash writes the counts of variants after those of their flag.
          const counts = ({ yes, no, variants }: Usage) => [yes + no, ...Object.values(variants)];
          const total = (of: Usage) => counts(of).reduce((sum, count) => sum + count, 0);
          return total(usage) >= total(expected) ? usage : undefined;
        },
        unleashWritesMs,
        500,
      );

    test('says where it listens and is healthy', async () => {
      expect(server.stdout()).toContain(`Unleash-proxy is listening on port ${server.port}!`);
      expect(await server.get('/proxy/health')).toMatchObject({ status: 200, text: 'ok' });
    });

    describe.each([
      ['GET', false],
      ['POST', true],
    ])('unleash-proxy-client by %s', (_, usePost) => {
      test('gets every flag and variant as planned', async () => {
        const sdk = await sdkFor(insider, usePost);
        expect(sdk.isReady()).toBe(true);
        expect(answered(flags, sdk.getAllToggles())).toEqual(planned(flags, 'insider'));
        expect(sdk.getAllToggles().find((toggle) => toggle.name === 'impressions')?.impressionData).toBe(true);
        for (const plan of flags) {
          expect([plan.name, sdk.isEnabled(plan.name)]).toEqual([plan.name, plan.insider !== 'off']);
        }
        await sdk.updateContext(outsider);
        // Its regular refresh aborts the request for the new context where both fall together, and asks for it again.
        await eventually('the flags of the other person', () => {
          expect(answered(flags, sdk.getAllToggles())).toEqual(planned(flags, 'outsider'));
          return true;
        });
      });
    });

    test('refuses a wrong key, which the SDK reports', async () => {
      const attempt = startFrontendSdk({ url, clientKey: 'wrong', context: insider });
      await expect(attempt).rejects.toThrow('unleash-proxy-client reported an error');
    });

    test("agrees with Unleash's own evaluation for many users", async () => {
      const plans = [...flags, ...weighed];
      const seen = new Set<string>();
      for (let i = 0; i < 60; i++) {
        const country = ['no', 'de', 'se'][i % 3]!;
        const query = new URLSearchParams({
          userId: `user-${i}`,
          sessionId: `session-${i * 7}`,
          remoteAddress: `10.${i % 3}.0.${i}`,
          'properties[country]': country,
          'properties[company]': `company-${i % 11}`,
          'properties[number]': String(i),
          'properties[version]': `2.${i % 5}.4`,
        });
        const [own, theirs] = await Promise.all([
          togglesAt(`${url}?${query}`, clientKey),
          togglesAt(`${world.unleash.url}/api/frontend?${query}`, world.frontendToken),
        ]);
        const outcomes = answered(plans, own);
        expect(outcomes).toEqual(answered(plans, theirs));
        for (const { name } of weighed) seen.add(`${name} ${JSON.stringify(outcomes[name] ?? 'off')}`);
      }
      // Every weighed flag was off for some and on with each of its three variants for others (10 % seldom enough).
      expect(seen.size).toBeGreaterThanOrEqual(4 * weighed.length - 2);
    });

    test('lists flags that are off, where that is enabled, and forgets archived ones', async () => {
      const names = async () => (await togglesAt(`${url}/all`, clientKey)).map((toggle) => toggle.name);
      const archivable = async () => (await names()).includes(changing.archived);
      await eventually('the flag that will be archived', archivable);
      expect(await names()).toEqual(expect.arrayContaining([...flags, ...weighed].map((plan) => plan.name)));
      await world.admin.archive(changing.archived);
      await eventually('the archived flag to go', async () => !(await archivable()));
    });

    test('the React page in Chromium gets every flag and variant, from another origin', async () => {
      await eventually('the page to be ready', async () => (await page.text('ready')) === 'true');
      expect(answered(flags, await page.flags())).toEqual(planned(flags, 'insider'));
      expect(await page.text('error')).toBe('');
      await eventually('an answer 304 in the browser', () => page.requests.some((line) => line.startsWith('GET 304 ')));
      const seen = await page.evaluate(readAcrossOrigins, { url, clientKey });
      expect(seen).toMatchObject({ status: 200, etag: expect.stringMatching(/^W\/"/) });
      expect(seen.origin).not.toBe(new URL(url).origin);
      await page.click('switch-person');
      await eventually('the page to show the other person', async () => {
        expect(answered(flags, await page.flags())).toEqual(planned(flags, 'outsider'));
        return true;
      });
      expect(page.complaints).toEqual([]);
    });

    test('a change made in Unleash reaches the SDK and the page', async () => {
      const { admin } = world;
      const { flag } = changing;
      const sdk = await sdkFor(insider);
      const shows = (state: 'on' | 'off', variant: string) =>
        eventually(`${flag} to be ${state} with ${variant}, in the SDK and in the page`, async () => {
          expect([sdk.isEnabled(flag), sdk.getVariant(flag).name]).toEqual([state === 'on', variant]);
          expect([await page.text('watched'), await page.text('variant')]).toEqual([state, variant]);
          return true;
        });
      await shows('off', 'disabled');
      const strategy = (name: string) => ({
        name: 'flexibleRollout',
        parameters: { rollout: '100', stickiness: 'default', groupId: flag },
        variants: [{ name, weight: 1000, weightType: 'variable' as const, stickiness: 'default' }],
      });
      const id = await admin.addStrategy(flag, environment, strategy('first'));
      await admin.turn(flag, environment, 'on');
      await shows('on', 'first');
      await admin.changeStrategy(flag, environment, id, strategy('second'));
      await shows('on', 'second');
      await admin.turn(flag, environment, 'off');
      await shows('off', 'disabled');
    });

    test('a change of a segment reaches the SDK', async () => {
      const sdk = await sdkFor(insider);
      expect(sdk.isEnabled(changing.segmentFlag)).toBe(false);
      await world.admin.changeSegment(changing.segmentId, {
        ...changing.segment,
        constraints: [{ contextName: 'company', operator: 'IN', values: [insider.properties.company] }],
      });
      await eventually('the segment to take the insider in', () => sdk.isEnabled(changing.segmentFlag));
    });

    describe('unleash-client, the SDK for servers', () => {
      let sdk: ServerSdk;

      beforeAll(async () => {
        sdk = await startServerSdk({ url, token: serverToken, backupPath: await world.newDirectory() });
      });
      afterAll(() => sdk?.destroy());

      test('evaluates the definitions that it gets', () => {
        // Definitions carry segments in Halyard only (specification 9.2, fault 4), and hosts are its own machine's.
        const apart = new Set(['segment', 'constraints-together', 'hosts']);
        const plans = flags.filter((plan) => !apart.has(plan.name));
        for (const person of ['insider', 'outsider'] as const) {
          const context = person === 'insider' ? insider : outsider;
          const toOutcome = (name: string) => outcomeOf(sdk.isEnabled(name, context), sdk.getVariant(name, context));
          expect(Object.fromEntries(plans.map(({ name }) => [name, toOutcome(name)]))).toEqual(
            Object.fromEntries(plans.map((plan) => [plan.name, plan[person]])),
          );
        }
      });

      test.runIf(isHalyard(subject))('evaluates flags with segments', () => {
        for (const name of ['segment', 'constraints-together']) {
          expect([name, sdk.isEnabled(name, insider)]).toEqual([name, true]);
          expect([name, sdk.isEnabled(name, outsider)]).toEqual([name, false]);
        }
      });

      test('is refused with a client key', async () => {
        const attempt = startServerSdk({ url, token: clientKey, backupPath: await world.newDirectory() });
        await expect(attempt).rejects.toThrow('unleash-client reported an error');
      });

      test('reports usage, which arrives under the name of the proxy', async () => {
        for (let i = 0; i < 9; i++) sdk.isEnabled('counted-server', insider);
        await sdk.flushMetrics();
        const usage = await usageOf('counted-server', { yes: 9, no: 0, variants: {} });
        expect(usage).toMatchObject({ yes: 9, no: 0 });
      });
    });

    test('usage reported by the SDK, the page, and lookups by name arrive in Unleash', async () => {
      const sdk = await sdkFor(insider);
      for (let i = 0; i < 7; i++) sdk.isEnabled('counted-sdk');
      for (let i = 0; i < 4; i++) sdk.getVariant('counted-sdk');
      await sdk.sendMetrics();
      await page.click('count');
      await page.click('count');
      for (let i = 0; i < 3; i++) {
        await server.postJson('/proxy', { toggles: ['counted-named'] }, { authorization: clientKey });
      }
      const ofSdk = { yes: 11, no: 0, variants: { gold: 4 } };
      const usage = await usageOf('counted-sdk', ofSdk);
      expect(usage).toEqual(ofSdk);
      expect(await usageOf('counted-page', { yes: 10, no: 0, variants: {} })).toMatchObject({ yes: 10, no: 0 });
      expect(await usageOf('counted-page-off', { yes: 0, no: 2, variants: {} })).toMatchObject({ yes: 0, no: 2 });
      expect(await usageOf('counted-named', { yes: 3, no: 0, variants: {} })).toMatchObject({ yes: 3, no: 0 });
      // Front-end apps are not told apart: everything is the proxy's own.
      expect(await world.admin.usage('counted-sdk', 'shop-frontend', environment)).toMatchObject({ yes: 0, no: 0 });
    });

    test('a browser refuses the answer when CORS_ORIGIN names another origin', async () => {
      const strict = await world.start(subject, { CORS_ORIGIN: 'http://elsewhere.test' });
      try {
        const target = { url: `http://127.0.0.1:${strict.port}/proxy`, clientKey };
        expect(await page.evaluate(readAcrossOrigins, target)).toMatchObject({ failure: 'Failed to fetch' });
        // About the origin, and about what was not loaded.
        await eventually('the complaints', () => page.complaints.length >= 2);
        expect(page.complaints.splice(0).join()).toContain('elsewhere.test');
      } finally {
        await strict.stop();
      }
    });

    test.runIf(isHalyard(subject))('hands over the last usage when it is stopped', async () => {
      const appName = `${world.appName(subject)}-stopped`;
      const leaving = await world.start(subject, { UNLEASH_APP_NAME: appName, UNLEASH_METRICS_INTERVAL: '3600000' });
      const sdk = await startFrontendSdk({
        url: `http://127.0.0.1:${leaving.port}/proxy`,
        clientKey,
        context: insider,
      });
      for (let i = 0; i < 6; i++) sdk.isEnabled('counted-last');
      await sdk.sendMetrics();
      sdk.stop();
      expect(await leaving.stop()).toEqual({ code: 0, signal: null });
      expect(await usageOf('counted-last', { yes: 6, no: 0, variants: {} }, appName)).toMatchObject({ yes: 6, no: 0 });
    });

    test('is registered in Unleash as an application with its instance', async () => {
      const application = await eventually(
        'the application to be listed',
        async () => {
          const found = await world.admin.application(registered);
          return found.instances.length > 0 ? found : undefined;
        },
        unleashWritesMs,
        500,
      );
      expect(application.appName).toBe(registered);
      expect(application.instances).toEqual(
        expect.arrayContaining([expect.objectContaining({ instanceId: `instance-of-${subject}` })]),
      );
      expect(application.instances[0]?.sdkVersion).toMatch(/^[\w./@-]+:\d+\.\d+\.\d+/);
      const names = application.strategies.filter((strategy) => !strategy.notFound).map((strategy) => strategy.name);
      expect(names).toEqual(expect.arrayContaining(['default', 'flexibleRollout', 'remoteAddress', 'userWithId']));
    });
  });

  describe('without Unleash', () => {
    beforeAll(() => world.unleash.stop());

    test.each(subjects())('%s keeps its answers, also after a restart', async (subject) => {
      const toggles = (server: Server) => togglesAt(urlFor(server, insider), clientKey);
      const before = servers.get(subject)!;
      expect(answered(flags, await toggles(before))).toEqual(planned(flags, 'insider'));
      await before.stop();
      const after = await world.start(subject, {}, directories.get(subject));
      servers.set(subject, after);
      expect(answered(flags, await toggles(after))).toEqual(planned(flags, 'insider'));
    });
  });
});

function urlFor(server: Server, { properties = {}, ...fields }: SdkContext): string {
  const query = new URLSearchParams(Object.entries(fields));
  for (const [key, value] of Object.entries(properties)) query.set(`properties[${key}]`, value);
  return `http://127.0.0.1:${server.port}/proxy?${query}`;
}

async function togglesAt(url: string, authorization: string): Promise<readonly SdkToggle[]> {
  const { port, pathname, search } = new URL(url);
  // On a connection of its own: one that stayed open may be closed by the server in the very moment that it is used.
  const { status, text } = await send(Number(port), { path: pathname + search, headers: { authorization } });
  if (status !== 200) throw new Error(`GET ${url} answered ${status}: ${text}`);
  return (JSON.parse(text) as { toggles: readonly SdkToggle[] }).toggles;
}

interface Seen {
  readonly origin: string;
  readonly status?: number;
  readonly etag?: string | null;
  readonly failure?: string;
}

/** Runs inside the page, so it must stand alone. */
async function readAcrossOrigins({ url, clientKey }: { url: string; clientKey: string }): Promise<Seen> {
  const { origin } = globalThis as unknown as { readonly origin: string };
  try {
    const reply = await fetch(url, { headers: { authorization: clientKey } });
    return { origin, status: reply.status, etag: reply.headers.get('etag') };
  } catch (error) {
    return { origin, failure: error instanceof Error ? error.message : String(error) };
  }
}
