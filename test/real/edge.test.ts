/**
 * Halyard in the place of Unleash Edge, between a real Unleash (on a real PostgreSQL) and the published SDKs. The
 * subject is a black box: a command and Edge's variables.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Admin, adminApi } from './support/admin.ts';
import { answered, planned } from './support/outcomes.ts';
import { flags, hostName, insider, outsider } from './support/plan.ts';
import { temporaryDirectory } from './support/processes.ts';
import { startFrontendSdk, startServerSdk } from './support/sdks.ts';
import { environment, seed } from './support/seed.ts';
import { startUnleash, type UnleashServer, worldMs } from './support/unleash-server.ts';

const purpose = 'the test of Edge with a real Unleash and the published SDKs';
const missing = ['unleash-server', 'unleash-clients'].filter((name) => !componentOrSkip(name, purpose));

/** Long enough for Unleash to write usage to its database. */
const unleashWritesMs = 90_000;

describe.skipIf(missing.length > 0)('real Unleash behind Edge', () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let unleash: UnleashServer;
  let admin: Admin;
  let tokens: { readonly backend: string; readonly frontend: string };

  beforeAll(async () => {
    home = await temporaryDirectory('real-edge');
    unleash = await startUnleash({ HOSTNAME: hostName });
    admin = adminApi(unleash);
    tokens = await seed(admin);
  }, worldMs);

  afterAll(async () => {
    await unleash?.stop();
    await home?.remove();
  });

  async function start(subject: (typeof subjects)[number], folder: string): Promise<Server> {
    const server = await startServer(subject, {
      args: ['edge'],
      waitFor: 'nothing',
      env: {
        UPSTREAM_URL: unleash.url,
        TOKENS: tokens.backend,
        STRICT: 'true',
        BACKUP_FOLDER: folder,
        APP_NAME: `edge-${subject}`,
        FEATURES_REFRESH_INTERVAL_SECONDS: '1',
        METRICS_INTERVAL_SECONDS: '1',
        hostname: hostName,
      },
    });
    await eventually('definitions', async () => {
      const { status } = await server.get('/api/client/features', { authorization: tokens.backend });
      return status === 200;
    });
    return server;
  }

  const subjects = halyards();
  describe.each(subjects)('%s', (subject) => {
    test('the SDKs get what the flags are planned to be, with GET and POST, and changes arrive', async () => {
      const server = await start(subject, home.path);
      const url = `http://127.0.0.1:${server.port}/api/frontend`;
      try {
        for (const [person, context] of [
          ['insider', insider],
          ['outsider', outsider],
        ] as const) {
          for (const usePost of [false, true]) {
            const sdk = await startFrontendSdk({ url, clientKey: tokens.frontend, context, usePost });
            expect(answered(flags, sdk.getAllToggles())).toEqual(planned(flags, person));
            sdk.stop();
          }
        }
        const backend = await startServerSdk({
          url: `http://127.0.0.1:${server.port}/api/`,
          token: tokens.backend,
          backupPath: server.directory,
        });
        const name = `edge-change-${subject}`;
        await admin.addFlag(name);
        await admin.addStrategy(name, environment, { name: 'default' });
        await admin.turn(name, environment, 'on');
        await eventually('the new flag', () => backend.isEnabled(name, {}));
        backend.destroy();

        const token = tokens.frontend;
        // A flag from the start: Unleash drops counts of flags that it does not remember yet.
        const known = flags[0]?.name ?? '';
        const reported = {
          appName: `shop-${subject}`,
          instanceId: 'i',
          bucket: {
            start: new Date(Date.now() - 1000).toISOString(),
            stop: new Date().toISOString(),
            toggles: { [known]: { yes: 3, no: 2, variants: {} } },
          },
        };
        const sent = await server.postJson('/api/frontend/client/metrics', reported, { authorization: token });
        expect(sent.status).toBe(202);
        const usage = () => admin.usage(known, `shop-${subject}`, environment);
        await eventually('usage in Unleash', async () => (await usage()).yes === 3, unleashWritesMs);
        expect(await usage()).toMatchObject({ yes: 3, no: 2 });

        expect((await server.get('/api/frontend', { authorization: `${tokens.frontend}x` })).status).toBe(403);
        expect((await server.get('/api/client/features', { authorization: tokens.frontend })).status).toBe(403);
        expect((await server.get('/api/frontend', { authorization: tokens.backend })).status).toBe(403);
      } finally {
        expect((await server.stop()).code).toBe(0);
      }
    });
  });

  test.each(subjects)(
    '%s: Unleash is gone, Halyard starts anew: the same answers to the same tokens',
    async (subject) => {
      const folder = await temporaryDirectory('real-edge-backup');
      const ask = (server: Server) => server.get('/api/frontend?userId=alice', { authorization: tokens.frontend });
      const server = await start(subject, folder.path);
      const before = (await ask(server)).text;
      await server.stop();
      const offline = await startServer(subject, {
        args: ['edge'],
        waitFor: 'nothing',
        env: {
          UPSTREAM_URL: 'http://127.0.0.1:9',
          TOKENS: tokens.backend,
          STRICT: 'true',
          BACKUP_FOLDER: folder.path,
          hostname: hostName,
        },
      });
      await eventually('Edge to listen', () => offline.stdout().includes('is listening'));
      expect((await ask(offline)).text).toBe(before);
      expect((await offline.get('/internal-backstage/ready')).status).toBe(200);
      expect(offline.stdout()).not.toContain(tokens.backend.split('.')[1]);
      await offline.stop();
      await folder.remove();
    },
  );
});
