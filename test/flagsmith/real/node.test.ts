/** The published `flagsmith-nodejs` against Halyard: remote and local evaluation, analytics. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/wait.ts';
import { runtimes } from '../support/halyard.ts';
import {
  clientKey,
  identityRequests,
  keys,
  type Outcome,
  sdkPackage,
  sdksOrSkip,
  serverKey,
  startWorld,
  type World,
} from './world.ts';

interface NodeFlags {
  allFlags(): { featureName: string; enabled: boolean; value: unknown }[];
  isFeatureEnabled(name: string): boolean;
}
interface NodeSdk {
  getEnvironmentFlags(): Promise<NodeFlags>;
  getIdentityFlags(identifier: string, traits?: Record<string, unknown>): Promise<NodeFlags>;
  updateEnvironment(): Promise<void>;
  close(): Promise<void>;
  analyticsProcessor?: { flush(): Promise<void> };
}

const { skip, title } = sdksOrSkip('flagsmith-clients');

describe.skipIf(skip).each(runtimes())(`${title}: flagsmith-nodejs, %s`, (subject) => {
  let world: World;
  const open: NodeSdk[] = [];
  beforeAll(async () => {
    world = await startWorld(subject);
  });
  afterAll(async () => {
    for (const sdk of open) await sdk.close();
    await world?.close();
  });

  const create = (config: Record<string, unknown>): NodeSdk => {
    const { Flagsmith } = sdkPackage('flagsmith-nodejs') as { Flagsmith: new (config: unknown) => NodeSdk };
    const sdk = new Flagsmith({ apiUrl: world.api, environmentKey: clientKey, ...config });
    open.push(sdk);
    return sdk;
  };
  const outcomes = (flags: NodeFlags): Record<string, Outcome> =>
    Object.fromEntries(
      flags.allFlags().map(({ featureName, enabled, value }) => [featureName, [enabled, value ?? null]]),
    );

  it('gets flags of the environment and of identities', async () => {
    const sdk = create({ environmentKey: keys('realistic').client });
    expect((await sdk.getEnvironmentFlags()).allFlags()).toHaveLength(48);
    for (const { identifier, traits } of identityRequests('realistic', 12)) {
      const map = Object.fromEntries(traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]));
      const flags = await sdk.getIdentityFlags(identifier, map);
      expect(outcomes(flags)).toEqual(await world.flagsOf(keys('realistic').client, { identifier, traits }));
    }
  });

  it('reports a wrong key', async () => {
    await expect(create({ environmentKey: 'wrong' }).getEnvironmentFlags()).rejects.toThrow(
      'getEnvironmentFlags failed',
    );
  });

  it('evaluates by itself with the document, and agrees', async () => {
    const sdk = create({
      environmentKey: serverKey,
      enableLocalEvaluation: true,
      environmentRefreshIntervalSeconds: 1,
    });
    await sdk.updateEnvironment();
    for (const { identifier } of identityRequests('features50', 20)) {
      const flags = await sdk.getIdentityFlags(identifier, {});
      expect(outcomes(flags)).toEqual(await world.flagsOf(serverKey, { identifier, traits: [] }));
    }
    world.core.change(serverKey, (document) => {
      (document.feature_states as { enabled: boolean }[])[0]!.enabled = false;
    });
    const changed = async () => !(await sdk.getEnvironmentFlags()).isFeatureEnabled('checkout_feature_000');
    await eventually('the change', changed);
  });

  it('is refused the document with a public key', async () => {
    expect(
      (await fetch(`${world.api}environment-document/`, { headers: { 'X-Environment-Key': clientKey } })).status,
    ).toBe(403);
  });

  it('reports how often flags were looked at', async () => {
    const sdk = create({ enableAnalytics: true });
    const flags = await sdk.getEnvironmentFlags();
    flags.isFeatureEnabled('billing_feature_003');
    await eventually('the sum in the core API', async () => {
      // It gives a report up after some seconds, and keeps what was in it for the next one.
      await sdk.analyticsProcessor?.flush();
      return world.core.posted('/analytics/flags/').some((body) => JSON.parse(body).billing_feature_003 >= 1);
    });
  });
});
