/** Everything that the tests stand on: Unleash with its flags, Chromium with the page, and the subjects' settings. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Server, startServer } from '../../support/server.ts';
import type { Subject } from '../../support/subjects.ts';
import { type Admin, adminApi } from './admin.ts';
import { type Browser, startBrowser } from './browser.ts';
import { hostName } from './plan.ts';
import { temporaryDirectory } from './processes.ts';
import { seed } from './seed.ts';
import { startUnleash, type UnleashServer } from './unleash-server.ts';

export const clientKey = 'a-real-client-key';
export const serverToken = 'a-real-server-token';

export interface World {
  readonly unleash: UnleashServer;
  readonly admin: Admin;
  readonly frontendToken: string;
  readonly browser: Browser;
  /** App name that a subject reports itself by. */
  appName(subject: Subject): string;
  /** Starts a subject with the old proxy's variables and waits until it is ready. The same directory means a restart. */
  start(subject: Subject, env?: Readonly<Record<string, string>>, directory?: string): Promise<Server>;
  /** A directory that goes away with the world. */
  newDirectory(): Promise<string>;
  close(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const home = await temporaryDirectory('real');
  const [unleash, browser] = await Promise.all([startUnleash({ HOSTNAME: hostName }), startBrowser()]);
  const admin = adminApi(unleash);
  const tokens = await seed(admin);
  const appName = (subject: Subject) => `real-${subject}`;
  return {
    unleash,
    admin,
    frontendToken: tokens.frontend,
    browser,
    appName,
    start: (subject, env = {}, directory = undefined) =>
      startServer(subject, {
        asProgram: true,
        ...(directory === undefined ? {} : { directory }),
        env: {
          UNLEASH_URL: `${unleash.url}/api`,
          UNLEASH_API_TOKEN: tokens.backend,
          UNLEASH_PROXY_CLIENT_KEYS: `another-key, ${clientKey}`,
          UNLEASH_APP_NAME: appName(subject),
          UNLEASH_INSTANCE_ID: `instance-of-${subject}`,
          UNLEASH_FETCH_INTERVAL: '250',
          UNLEASH_METRICS_INTERVAL: '500',
          EXP_SERVER_SIDE_SDK_CONFIG_TOKENS: serverToken,
          ENABLE_ALL_ENDPOINT: 'true',
          HOSTNAME: hostName,
          ...env,
        },
      }),
    newDirectory: () => mkdtemp(join(home.path, 'subject-')),
    close: async () => {
      await Promise.all([browser.close(), unleash.stop()]);
      await home.remove();
    },
  };
}
