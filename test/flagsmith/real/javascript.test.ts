/** The published `flagsmith` package, in its browser form and its form for every platform, against Halyard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/wait.ts';
import { runtimes } from '../support/halyard.ts';
import {
  changeFirstFlag,
  clientKey,
  identityRequests,
  keys,
  sdkPackage,
  sdksOrSkip,
  startWorld,
  type World,
} from './world.ts';

interface Sdk {
  init(config: Record<string, unknown>): Promise<void>;
  identify(identifier: string | null, traits?: Record<string, unknown>, transient?: boolean): Promise<void>;
  setTraits(traits: Record<string, unknown>): Promise<void>;
  logout(): Promise<void>;
  getFlags(): Promise<void>;
  hasFeature(name: string): boolean;
  getAllFlags(): Record<string, { enabled: boolean; value: unknown }>;
  getContext(): { identity?: { identifier?: string | null; traits?: Record<string, { value: unknown }> } };
  analyticsFlags(): Promise<void>;
}
interface Package {
  createFlagsmithInstance(): Sdk;
}

const { skip, title } = sdksOrSkip('flagsmith-clients');
const forms = ['flagsmith', 'flagsmith/isomorphic'];

describe.skipIf(skip).each(runtimes())(`${title}: flagsmith, %s`, (subject) => {
  let world: World;
  beforeAll(async () => {
    // The package looks for these when it is loaded; browsers have them.
    const { EventSource } = sdkPackage('eventsource') as { EventSource: unknown };
    const texts = new Map<string, string>();
    const localStorage = {
      getItem: (name: string) => texts.get(name) ?? null,
      setItem: (name: string, text: string) => void texts.set(name, text),
      removeItem: (name: string) => void texts.delete(name),
    };
    Object.assign(globalThis, { EventSource, localStorage, window: globalThis });
    world = await startWorld(subject);
  });
  afterAll(() => world?.close());

  describe.each(forms)('%s', (form) => {
    const create = async (config: Record<string, unknown> = {}) => {
      const sdk = (sdkPackage(form) as Package).createFlagsmithInstance();
      const common = { environmentID: clientKey, api: world.api, fetch: globalThis.fetch, cacheFlags: false };
      await sdk.init({ ...common, ...config });
      return sdk;
    };
    const outcomes = (sdk: Sdk) =>
      Object.fromEntries(Object.entries(sdk.getAllFlags()).map(([name, flag]) => [name, [flag.enabled, flag.value]]));

    it('gets the flags of the environment', async () => {
      const sdk = await create();
      const { text } = await world.halyard.get('/api/v1/flags/', { 'x-environment-key': clientKey });
      const flags = JSON.parse(text) as { feature: { name: string }; enabled: boolean; feature_state_value: unknown }[];
      expect(outcomes(sdk)).toEqual(
        Object.fromEntries(flags.map((flag) => [flag.feature.name, [flag.enabled, flag.feature_state_value]])),
      );
    });

    it('gets the flags of identities with traits, and keeps the traits', async () => {
      const sdk = await create({ environmentID: keys('realistic').client });
      for (const { identifier, traits } of identityRequests('realistic', 12)) {
        const map = Object.fromEntries(traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]));
        await sdk.logout();
        await sdk.identify(identifier, map);
        expect(outcomes(sdk)).toEqual(await world.flagsOf(keys('realistic').client, { identifier, traits }));
        expect(Object.keys(sdk.getContext().identity?.traits ?? {}).sort()).toEqual(Object.keys(map).sort());
      }
    });

    it('gets the flags of identities with odd names, transient ones, and forgets them', async () => {
      const sdk = await create({ environmentID: keys('realistic').client });
      const anonymous = outcomes(sdk);
      const traits = { tier: 'gold', share: 1.5, gone: null, sure: true };
      await sdk.identify('user @/é', traits);
      const sent = Object.entries(traits).map(([trait_key, trait_value]) => ({ trait_key, trait_value }));
      expect(outcomes(sdk)).toEqual(
        await world.flagsOf(keys('realistic').client, { identifier: 'user @/é', traits: sent }),
      );
      await sdk.identify('someone else', undefined, true);
      expect(outcomes(sdk)).toEqual(
        await world.flagsOf(keys('realistic').client, { identifier: 'someone else', traits: [] }),
      );
      await sdk.logout();
      expect(outcomes(sdk)).toEqual(anonymous);
    });

    it('serves people without a name who have traits, whom the original refuses', async () => {
      const sdk = await create();
      await sdk.setTraits({ plan: 'free' });
      await sdk.identify(null, { plan: 'free' });
      expect(Object.keys(sdk.getAllFlags()).length).toBeGreaterThan(40);
    });

    it('reports a wrong key', async () => {
      const errors: unknown[] = [];
      await create({ environmentID: 'wrong', onError: (error: unknown) => errors.push(error) }).catch(() => undefined);
      expect(errors).toHaveLength(1);
    });

    it('is told of changes by the stream, at once', async () => {
      const before = await world.streams();
      const sdk = await create({ realtime: true, eventSourceUrl: world.realtime });
      await eventually('its stream', async () => (await world.streams()) > before);
      await eventually('the core API’s stream', () => world.core.streams(clientKey) > 0);
      const name = changeFirstFlag(world.core, 'features50', `${form} ${subject}`);
      await eventually('the change', () => sdk.getAllFlags()[name]?.value === `${form} ${subject}`);
    });

    it('reports how often flags were looked at', async () => {
      const name = 'billing_feature_003';
      const sdk = await create({ enableAnalytics: true });
      sdk.hasFeature(name);
      sdk.hasFeature(name);
      await eventually('the sum in the core API', async () => {
        await sdk.analyticsFlags();
        return world.core.posted('/analytics/flags/').some((body) => (JSON.parse(body)[name] ?? 0) >= 2);
      });
    });
  });
});
