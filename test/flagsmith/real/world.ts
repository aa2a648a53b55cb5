/** What all tests with published SDKs share: a core API with the documents of the benchmark, and Halyard over it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { environmentDocument, identityRequests, keys } from '../../../bench/flagsmith-datasets.mjs';
import { componentDir, componentOrSkip } from '../../support/components.ts';
import { freePort } from '../../support/ports.ts';
import type { Server } from '../../support/server.ts';
import type { Subject } from '../../support/subjects.ts';
import { CoreApi } from '../support/core-api.ts';
import { keyPairs, startFlagsmith } from '../support/halyard.ts';

/** A package of the component with the JavaScript SDKs. */
export const sdkPackage = (name: string): unknown =>
  createRequire(join(componentDir('flagsmith-clients')!, 'package.json'))(name);

/** Whether components are there; says so loudly when not. */
export function sdksOrSkip(...components: readonly string[]): { readonly skip: boolean; readonly title: string } {
  const missing = components.filter((name) => !componentOrSkip(name, 'the test with published Flagsmith SDKs'));
  const title = 'published Flagsmith SDKs';
  return { skip: missing.length > 0, title: missing.length > 0 ? `${title} (skipped: ${missing.join(', ')})` : title };
}

export const profiles = ['features50', 'realistic', 'overrides'] as const;
export type Profile = (typeof profiles)[number];
export const { server: serverKey, client: clientKey } = keys('features50');
export { identityRequests, keys };

/** One flag as every SDK can tell it. */
export type Outcome = readonly [enabled: boolean, value: unknown];

export interface World {
  readonly core: CoreApi;
  readonly halyard: Server;
  /** Base of the API, with the slash that SDKs want. */
  readonly api: string;
  /** Base of the realtime service that Halyard is. */
  readonly realtime: string;
  /** What the API itself answers for an identity, by feature name. */
  flagsOf(key: string, body: unknown): Promise<Record<string, Outcome>>;
  /** Streams to SDKs that Halyard has open. */
  streams(): Promise<number>;
  close(): Promise<void>;
}

/** Starts the core API and Halyard, listening to its realtime service and offering one. */
export async function startWorld(subject: Subject, env: Record<string, string> = {}): Promise<World> {
  const core = await CoreApi.start();
  for (const profile of profiles)
    core.documents.set(keys(profile).server, JSON.stringify(environmentDocument(profile)));
  const pairs = keyPairs(...profiles.map((profile) => [keys(profile).server, keys(profile).client] as const));
  const realtime = { HALYARD_FLAGSMITH_REALTIME: 'true', HALYARD_FLAGSMITH_REALTIME_URL: core.origin };
  const port = await freePort();
  const halyard = await startFlagsmith(subject, core, { ...pairs, ...realtime, ...env }, { port });
  return {
    core,
    halyard,
    api: `http://127.0.0.1:${port}/api/v1/`,
    realtime: `http://127.0.0.1:${port}/`,
    async flagsOf(key, body) {
      const { text } = await halyard.postJson('/api/v1/identities/', body, { 'x-environment-key': key });
      const { flags } = JSON.parse(text) as {
        flags: { feature: { name: string }; enabled: boolean; feature_state_value: unknown }[];
      };
      return Object.fromEntries(
        flags.map(({ feature, enabled, feature_state_value }) => [feature.name, [enabled, feature_state_value]]),
      );
    },
    async streams() {
      const { text } = await halyard.get('/proxy/metrics');
      return Number(/^halyard_streams (\d+)$/m.exec(text)?.[1]);
    },
    async close() {
      await halyard.stop();
      await core.close();
    },
  };
}

/** Changes the first flag of a document and announces that. Returns the flag's name. */
export function changeFirstFlag(core: CoreApi, profile: Profile, value: string): string {
  const { server, client } = keys(profile);
  let name = '';
  core.change(server, (document) => {
    const [first] = document.feature_states as { feature: { name: string }; feature_state_value: unknown }[];
    first!.feature_state_value = value;
    name = first!.feature.name;
  });
  core.announce(client, Date.parse(JSON.parse(core.documents.get(server)!).updated_at) / 1000);
  return name;
}
