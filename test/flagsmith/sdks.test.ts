import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { type CoreApi, startCoreApi } from './core-api.ts';
import { hosts, type Started } from './hosts.ts';

// The published SDKs. Only what is used here is typed; their own types want a browser's.
interface NodeFlags {
  getFlag(name: string): { enabled: boolean; value: unknown };
}
interface NodeClient {
  getEnvironmentFlags(): Promise<NodeFlags>;
  getIdentityFlags(identifier: string, traits?: object): Promise<NodeFlags>;
  close?(): Promise<void> | void;
}
interface NodeSdk {
  Flagsmith: new (options: object) => NodeClient;
}
interface BrowserClient {
  init(options: object): Promise<void>;
  identify(identity: string | null, traits?: object, transient?: boolean): Promise<void>;
  setTrait(name: string, value: unknown): Promise<void>;
  getTrait(name: string): unknown;
  hasFeature(name: string): boolean;
  getValue(name: string): unknown;
  logout(): Promise<void>;
}
interface BrowserSdk {
  createFlagsmithInstance(): BrowserClient;
}

const load = createRequire(import.meta.url);
const nodeSdk = load('flagsmith-nodejs') as NodeSdk;
const browserSdk = load('flagsmith/isomorphic') as BrowserSdk;

describe.each(Object.entries(hosts))('published SDKs against %s', (_, start) => {
  let core: CoreApi;
  let server: Started;
  let api: string;
  beforeAll(async () => {
    core = await startCoreApi(e2eDocument());
    core.modes.set('ser.one', 'good');
    const pairs = [{ server_side_key: 'ser.one', client_side_key: 'client1' }];
    server = await start({ ENVIRONMENT_KEY_PAIRS: JSON.stringify(pairs), API_URL: core.url });
    api = `http://127.0.0.1:${server.port}/api/v1/`;
  });
  afterAll(async () => {
    await server?.stop();
    await core?.close();
  });

  const states = (flags: NodeFlags) => ['str', 'int', 'mv'].map((name) => flags.getFlag(name).value);

  it('Node, remote evaluation', async () => {
    const { Flagsmith } = nodeSdk;
    const client = new Flagsmith({ environmentKey: 'client1', apiUrl: api });
    expect(states(await client.getEnvironmentFlags())).toEqual(['foo', 999, 'control']);
    expect(states(await client.getIdentityFlags('alice', { tier: 'gold', n: 1.5, none: null }))).toEqual([
      'alice!',
      1234,
      'B',
    ]);
    const stranger = new Flagsmith({ environmentKey: 'nope', apiUrl: api, retries: 0 });
    await expect(stranger.getEnvironmentFlags()).rejects.toThrow();
  });

  it('Node, local evaluation', async () => {
    const { Flagsmith } = nodeSdk;
    const client = new Flagsmith({ environmentKey: 'ser.one', apiUrl: api, enableLocalEvaluation: true });
    expect(states(await client.getEnvironmentFlags())).toEqual(['foo', 1234, 'control']);
    expect(states(await client.getIdentityFlags('bob', { tier: 'gold' }))).toEqual(['vip!', 1234, 'A']);
    await client.close?.();
  });

  it('Node, analytics', async () => {
    const { Flagsmith } = nodeSdk;
    const client = new Flagsmith({ environmentKey: 'client1', apiUrl: api, enableAnalytics: true });
    const flags = await client.getEnvironmentFlags();
    flags.getFlag('str');
    const forwarded = () => {
      // the SDK reports on use, ten seconds after the last report
      flags.getFlag('str');
      return core.analytics.some((body) => body.includes('"str":'));
    };
    await eventually('the forwarded counts', forwarded, 25_000, 200);
    await client.close?.();
  });

  it('JavaScript: flags, identities, traits, anonymous traits, logout', async () => {
    const client = browserSdk.createFlagsmithInstance();
    await client.init({ environmentID: 'client1', api, fetch, cacheFlags: false });
    expect([client.hasFeature('str'), client.getValue('str')]).toEqual([true, 'foo']);
    await client.identify('user @/é', { tier: 'gold', f: 1.5, gone: null });
    expect([client.getValue('str'), client.getTrait('tier'), client.getTrait('f')]).toEqual(['vip!', 'gold', 1.5]);
    await client.setTrait('tier', 'tin');
    expect([client.getValue('str'), client.getTrait('tier')]).toEqual(['foo', 'tin']);
    await client.identify('alice', undefined, true);
    expect([client.hasFeature('str'), client.getValue('str')]).toEqual([false, 'alice!']);
    await client.logout();
    await client.identify(null, { tier: 'gold' });
    expect(client.getValue('str')).toBe('vip!');
    const stranger = browserSdk.createFlagsmithInstance();
    await expect(stranger.init({ environmentID: 'nope', api, fetch, cacheFlags: false })).rejects.toBeDefined();
  });
});
