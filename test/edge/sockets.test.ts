import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { flag } from './harness.ts';
import { type SocketUpstream, startSocketUpstream } from './socket-upstream.ts';

const client = '*:development.client-secret-0001';
const frontend = '*:development.frontend-secret-02';
const document = { version: 2, features: [flag('b'), flag('a', 'other')] };

async function withUpstream(use: (upstream: SocketUpstream) => Promise<void>): Promise<void> {
  const upstream = await startSocketUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, document);
  try {
    await use(upstream);
  } finally {
    await upstream.close();
  }
}

/** Starts a command of Edge, waits until it listens, and stops it afterwards. Its output may hold no secret. */
async function withEdge(
  subject: Subject,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = await startServer(subject, { args, env, waitFor: 'nothing' });
  try {
    await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
    await use(server);
  } finally {
    const { code } = await server.stop();
    expect(server.stdout() + server.stderr()).not.toContain('-secret-0');
    expect(code, server.stdout() + server.stderr()).toBe(0);
  }
}

const edgeEnvironment = ({ origin }: SocketUpstream) => ({ UPSTREAM_URL: origin, TOKENS: client, STRICT: 'true' });

const served = (server: Server) =>
  eventually(
    'definitions',
    async () => (await server.get('/api/client/features', { authorization: client })).status === 200,
  );

describe.each(halyards())('%s', (subject) => {
  test('serves both APIs from variables alone, with conditions and compression', async () => {
    await withUpstream(async (upstream) => {
      await withEdge(subject, [], edgeEnvironment(upstream), async (server) => {
        await served(server);
        const first = await server.get('/api/frontend?userId=7', { authorization: frontend, origin: 'http://web' });
        expect(JSON.parse(first.text)).toMatchObject({ toggles: [{ name: 'a' }, { name: 'b' }] });
        const etag = first.headers.etag ?? '';
        const again = await server.get('/api/frontend?userId=7', { authorization: frontend, 'if-none-match': etag });
        expect(again.status).toBe(304);
        expect(again.headers.etag).toBe(etag);
        expect(first.headers['access-control-allow-origin']).toBe('*');
        upstream.features.set(client, { version: 2, features: Array.from({ length: 50 }, (_, i) => flag(`f${i}`)) });
        const other = await server.get('/api/frontend', { authorization: '*:production.frontend-secret-03' });
        expect(other.status).toBe(403);
        const posted = await server.postJson('/api/frontend', { context: {} }, { authorization: frontend });
        expect(posted.status).toBe(200);
        const wide = await server.get('/api/client/features', { authorization: client, 'accept-encoding': 'gzip' });
        expect(wide.status).toBe(200);
        expect((await server.get('/internal-backstage/tokens')).text).toContain('****');
        expect((await server.get('/internal-backstage/metrics')).text).toContain('http_requests_total{');
        const preflight = await server.request({
          method: 'OPTIONS',
          path: '/api/frontend',
          headers: { origin: 'http://web', 'access-control-request-method': 'GET' },
        });
        expect(preflight.status).toBe(200);
        expect(preflight.headers['access-control-max-age']).toBe('172800');
      });
    });
  });

  test('starts from a backup while upstream is gone: same answers, ready; a revoked token stays refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-backup-'));
    try {
      await withUpstream(async (upstream) => {
        const revoked = '*:development.revoked-secret-04';
        upstream.tokens.set(revoked, { type: 'frontend', environment: 'development' });
        const environment = {
          ...edgeEnvironment(upstream),
          BACKUP_FOLDER: folder,
          TOKEN_REVALIDATION_INTERVAL_SECONDS: '1',
        };
        let before = '';
        const changed = async (server: Server) =>
          /^halyard_definitions_changed_timestamp_seconds\{environment="development"\} (\S+)$/m.exec(
            (await server.get('/internal-backstage/metrics')).text,
          )?.[1];
        let changedBefore: string | undefined;
        await withEdge(subject, ['edge'], environment, async (server) => {
          await served(server);
          before = (await server.get('/api/frontend', { authorization: frontend })).text;
          changedBefore = await changed(server);
          expect((await server.get('/api/frontend', { authorization: revoked })).status).toBe(200);
          upstream.tokens.delete(revoked);
          await eventually(
            'the revocation',
            async () => (await server.get('/api/frontend', { authorization: revoked })).status === 403,
          );
        });
        expect(await readFile(join(folder, 'unleash_tokens.json'), 'utf8')).toContain(client);
        upstream.validate = 503;
        upstream.fetch = 'network';
        await withEdge(subject, ['edge'], environment, async (server) => {
          expect((await server.get('/internal-backstage/ready')).status).toBe(200);
          expect((await server.get('/api/frontend', { authorization: frontend })).text).toBe(before);
          expect((await server.get('/api/frontend', { authorization: revoked })).status).toBe(503);
          expect((await server.get('/internal-backstage/metrics')).text).toContain(
            'halyard_definitions_from_backup{environment="development"} 1',
          );
          expect(Number(changedBefore)).toBeGreaterThan(1_700_000_000);
          expect(await changed(server)).toBe(changedBefore);
        });
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('Halyard behind Halyard, polling, by delta and by stream; and in front of offline mode', async () => {
    await withUpstream(async (upstream) => {
      const first = {
        ...edgeEnvironment(upstream),
        FEATURES_REFRESH_INTERVAL_SECONDS: '1',
        HALYARD_SERVE_STREAMING: 'true',
      };
      await withEdge(subject, ['edge'], first, async (parent) => {
        await served(parent);
        const origin = `http://127.0.0.1:${parent.port}`;
        for (const way of [{}, { DELTA: 'true' }, { STREAMING: 'true', DELTA: 'true' }]) {
          upstream.features.set(client, document);
          const child = {
            UPSTREAM_URL: origin,
            TOKENS: client,
            STRICT: 'true',
            FEATURES_REFRESH_INTERVAL_SECONDS: '1',
            ...way,
          };
          await withEdge(subject, ['edge'], child, async (server) => {
            await served(server);
            const names = async () => {
              const { text } = await server.get('/api/frontend', { authorization: frontend });
              return (JSON.parse(text) as { toggles: { name: string }[] }).toggles.map(({ name }) => name).join();
            };
            await eventually('the first flags', async () => (await names()) === 'a,b');
            upstream.features.set(client, { version: 2, features: [flag('b'), flag('c')] });
            await eventually(`the change, ${JSON.stringify(way)}`, async () => (await names()) === 'b,c');
          });
        }
      });
    });
  });

  test('offline: a file for all tokens, followed, and validating for an Edge behind it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-offline-'));
    try {
      const file = join(folder, 'flags.json');
      await writeFile(file, JSON.stringify({ one: { enabled: true, variant: 'v' }, two: { enabled: false } }));
      const environment = {
        BOOTSTRAP_FILE: file,
        CLIENT_TOKENS: client,
        FRONTEND_TOKENS: `${frontend},opaque-secret-05`,
        RELOAD_INTERVAL: '1',
      };
      await withEdge(subject, ['offline'], environment, async (server) => {
        const list = (await server.get('/api/frontend', { authorization: frontend })).text;
        expect(JSON.parse(list)).toMatchObject({ toggles: [{ name: 'one', variant: { name: 'v', enabled: true } }] });
        expect((await server.get('/api/frontend', { authorization: 'opaque-secret-05' })).status).toBe(200);
        expect((await server.get('/api/frontend', { authorization: client })).status).toBe(403);
        expect((await server.get('/internal-backstage/features')).text).not.toContain('opaque-secret');
        await writeFile(file, 'no json');
        await eventually('the complaint', () => server.stdout().includes('cannot be used'));
        expect((await server.get('/api/frontend', { authorization: frontend })).status).toBe(200);
        await writeFile(file, JSON.stringify({ three: { enabled: true } }));
        await eventually('the change', async () =>
          (await server.get('/api/frontend', { authorization: frontend })).text.includes('"three"'),
        );
        const behind = { UPSTREAM_URL: `http://127.0.0.1:${server.port}`, TOKENS: client, STRICT: 'true' };
        await withEdge(subject, ['edge'], behind, async (child) => {
          await served(child);
          expect((await child.get('/api/frontend', { authorization: frontend })).text).toContain('"three"');
        });
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('health and ready end with 0 and 1, mistakes on the command line with 2', async () => {
    await withUpstream(async (upstream) => {
      await withEdge(subject, ['--base-path', '/base', 'edge'], edgeEnvironment(upstream), async (server) => {
        await eventually('ready', async () => (await server.get('/base/internal-backstage/ready')).status === 200);
        const url = `http://127.0.0.1:${server.port}`;
        const runs: readonly (readonly [args: readonly string[], code: number, text: string])[] = [
          [['health', '-e', `${url}/base`], 0, ''],
          [['ready', '-e', `${url}/base/`], 0, ''],
          [['health', '-e', url], 1, 'Healthcheck had different status than 200'],
          [['ready', '-e', url], 1, 'Ready check did not return 200'],
          [['edge', '--nonsense'], 2, "unexpected argument '--nonsense' found"],
          [['edge', '--help'], 0, '--upstream-url'],
          [['edge', '-u', url, '--strict'], 1, 'No tokens provided'],
          [['offline', '-c', client], 1, 'NoFeaturesFile'],
        ];
        for (const [args, code, text] of runs) {
          const run = await startServer(subject, { args, waitFor: 'nothing' });
          expect((await run.exit).code, args.join(' ')).toBe(code);
          expect(run.stdout() + run.stderr()).toContain(text);
          await run.stop();
        }
      });
    });
  });
});
