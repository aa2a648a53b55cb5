/**
 * Edge between a real Unleash (on a real PostgreSQL), which it polls, and the published server SDK, which it streams to:
 * changes arrive, and what the SDK counts reaches Unleash through the bulk endpoint.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { componentDir, componentOrSkip } from '../support/components.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Admin, adminApi } from './support/admin.ts';
import { startUnleash, type UnleashServer, worldMs } from './support/unleash-server.ts';

const purpose = 'streaming from Edge beside a real Unleash';
const missing = ['unleash-server', 'unleash-clients'].filter((name) => !componentOrSkip(name, purpose));
const title = missing.length > 0 ? `Edge (skipped: ${missing.join(', ')} not installed)` : 'Edge';
const environment = 'development';
const flagOf = (subject: Subject) => `live-${subject}`;

/** Long enough for Unleash to write usage (every 5 s) and applications (every 20 s) to its database. */
const unleashWritesMs = 90_000;

interface Sdk {
  isEnabled(name: string): boolean;
  on(event: string, run: (problem: unknown) => void): void;
  destroy(): void;
}
type CreateSdk = new (options: Readonly<Record<string, unknown>>) => Sdk;

describe.skipIf(missing.length > 0)(title, () => {
  let unleash: UnleashServer;
  let admin: Admin;
  let token: string;
  beforeAll(async () => {
    unleash = await startUnleash();
    admin = adminApi(unleash);
    token = await admin.addToken('edge', 'backend', environment);
    // All of them now: Unleash remembers for a while which flags there are, and drops counts of others.
    for (const subject of halyards()) {
      await admin.addFlag(flagOf(subject));
      await admin.addStrategy(flagOf(subject), environment, { name: 'default' });
    }
  }, worldMs);
  afterAll(() => unleash?.stop());

  test.concurrent.each(halyards())(
    '%s: changes reach a streaming SDK, and its counts reach Unleash',
    async (subject) => {
      const flag = flagOf(subject);
      const appName = `streaming-${subject}`;
      const server: Server = await startServer(subject, {
        args: ['edge'],
        env: {
          UPSTREAM_URL: unleash.url,
          TOKENS: token,
          STRICT: 'true',
          HALYARD_SERVE_STREAMING: 'true',
          FEATURES_REFRESH_INTERVAL_SECONDS: '1',
          METRICS_INTERVAL_SECONDS: '1',
        },
        waitFor: 'nothing',
      });
      let sdk: Sdk | undefined;
      try {
        await eventually('Edge to listen', () => server.stdout().includes('is listening'));
        const folder = componentDir('unleash-clients') as string;
        const { Unleash } = createRequire(join(folder, 'x.cjs'))('unleash-client') as { Unleash: CreateSdk };
        sdk = new Unleash({
          appName,
          url: `http://127.0.0.1:${server.port}/api/`,
          metricsInterval: 500,
          customHeaders: { Authorization: token },
          experimentalMode: { type: 'streaming' },
          storageProvider: { get: async () => undefined, set: async () => undefined },
        });
        const problems: unknown[] = [];
        sdk.on('error', (problem) => problems.push(problem));
        const streams = async () => (await server.get('/internal-backstage/metrics')).text;
        await eventually('the stream', async () => (await streams()).includes('connected_streaming_clients 1'));
        expect(sdk.isEnabled(flag)).toBe(false);
        await admin.turn(flag, environment, 'on');
        await eventually('the change', () => sdk?.isEnabled(flag));
        await admin.turn(flag, environment, 'off');
        await eventually('the change back', () => !sdk?.isEnabled(flag));
        await eventually(
          'usage in Unleash',
          async () => {
            const { yes, no } = await admin.usage(flag, appName, environment);
            return yes > 0 && no > 0;
          },
          unleashWritesMs,
          500,
        );
        await eventually(
          'the application in Unleash',
          async () => (await admin.application(appName)).instances.length > 0,
          unleashWritesMs,
          500,
        );
        expect(problems).toEqual([]);
        expect(server.stdout()).not.toContain(token);
      } finally {
        sdk?.destroy();
        expect((await server.stop()).code).toBe(0);
      }
    },
  );
});
