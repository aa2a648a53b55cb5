/** Programs that meet what they warn of: each line has its code, and serving goes on. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logEvents } from '../../src/flags/events/catalogue.ts';
import { flag } from '../edge/harness.ts';
import { startUpstreamWith } from '../edge/socket-upstream.ts';
import { withProxy } from '../support/proxy.ts';
import { type Server, type StartOptions, startServer } from '../support/server.ts';
import { halyards, runsOnBun, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

type EventName = keyof typeof logEvents;

const token = '*:development.client-secret-01';
const strategyFile = `
module.exports = [
  { name: 'Throws', isEnabled: () => { throw new Error('own fault'); } },
  { name: 'Late', isEnabled: () => { setTimeout(() => { throw new Error('nobody waits'); }); return true; } },
];`;
const enricherFile = `
module.exports = [(context) => {
  if (context.userId === 'mallory') throw new Error('no such person');
  return context;
}];`;
const by = (name: string, members: object = {}) => flag(name, 'default', { strategies: [{ name, ...members }] });
/** One of its constraints has no operator. */
const document = {
  version: 2,
  features: [by('Throws'), by('Late'), by('default', { constraints: [{ contextName: 'userId', values: ['a'] }] })],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-events-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, text: string) => {
  await writeFile(join(folder, `${name}.new`), text);
  await rename(join(folder, `${name}.new`), join(folder, name));
  return join(folder, name);
};

/** Lines of JSON so far, of either form. */
const linesOf = (server: Server): { code?: string; message?: string }[] =>
  server
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .map(({ code, message, fields }) => fields ?? { code, message });

/** Waits until an event was told with these words. */
async function expectTold(server: Server, name: EventName, words: string): Promise<void> {
  const { code } = logEvents[name];
  const found = () => linesOf(server).some((line) => line.code === code && line.message?.includes(words));
  const what = `${name} (${code})`;
  await eventually(what, () => found() || !server.alive()).catch(() => undefined);
  expect(found(), `${what}: ${words}\n${server.stdout()}${server.stderr()}`).toBe(true);
}

const eventuallyServes = (server: Server) =>
  eventually(
    'flags of Edge',
    async () => (await server.get('/api/client/features', { authorization: token })).status === 200,
  );

describe.each(halyards())('%s', (subject: Subject) => {
  async function withEdge(options: StartOptions, use: (server: Server) => Promise<void>): Promise<void> {
    const server = await startServer(subject, { waitFor: 'nothing', ...options });
    try {
      await eventually('Edge to listen', () => server.stdout().includes('is listening') || !server.alive());
      await use(server);
    } finally {
      await server.stop();
    }
  }

  it('Unleash Proxy: a document, a bootstrap and extensions with faults', async () => {
    const options = {
      definitions: document,
      env: {
        JSON_LOGGER: 'true',
        LOG_LEVEL: 'debug',
        EXP_BOOTSTRAP_URL: 'http://127.0.0.1:1/flags',
        UNLEASH_CUSTOM_STRATEGIES_FILE: await write('strategies.js', strategyFile),
        EXP_CUSTOM_ENRICHERS_FILE: await write('enrichers.js', enricherFile),
      },
    };
    await withProxy(subject, options, async ({ server }) => {
      const ask = (userId: string) =>
        server.get(`/proxy?userId=${userId}`, { authorization: 'secret-client-key-77ab' });
      expect((await ask('mallory')).status).toBe(500);
      await expectTold(server, 'requestFailed', 'no such person');
      const { status, text } = await ask('alice');
      expect([status, JSON.parse(text).toggles.map(({ name }: { name: string }) => name)]).toEqual([200, ['Late']]);
      await expectTold(server, 'bootstrapUnusable', 'The bootstrap cannot be used: ');
      await expectTold(
        server,
        'documentIssue',
        'Flag "default": a constraint without an operator counts as not satisfied',
      );
      await expectTold(server, 'proxyTrace', 'Get enabled feature toggles for provided context');
      await expectTold(server, 'customStrategyFailed', '"Throws" failed and counts as false: own fault');
      await expectTold(server, 'extensionFailedLate', 'nobody waits');
      expect((await ask('alice')).status).toBe(200);
    });
  });

  it('Edge: state of an earlier run, a setting without effect, refused requests', async () => {
    const upstream = await startUpstreamWith(document, token);
    const env = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: token,
      STRICT: 'true',
      LOG_FORMAT: 'json',
      RUST_LOG: 'debug',
      DELTA_DIFF: 'true',
      BACKUP_FOLDER: folder,
    };
    try {
      await withEdge({ args: ['edge'], env }, async (server) => {
        await eventuallyServes(server);
        expect((await server.get('/api/client/features')).status).toBe(403);
        await expectTold(server, 'settingInert', '--delta-diff has no effect');
        await expectTold(server, 'edgeReportRefused', 'GET /api/client/features was answered with 403');
        await expectTold(server, 'documentIssue', 'flag "default": ');
      });
      upstream.fetch = 503;
      upstream.validate = 503;
      await withEdge({ args: ['edge'], env }, async (server) => {
        await expectTold(server, 'stateTaken', 'Took 1 tokens and 1 environments from folder ');
        await eventuallyServes(server);
      });
    } finally {
      await upstream.close();
    }
  });

  it('Edge: no place for state', async () => {
    const upstream = await startUpstreamWith(document, token);
    const env = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: token,
      STRICT: 'true',
      LOG_FORMAT: 'json',
      BACKUP_FOLDER: await write('no-folder', ''),
    };
    try {
      await withEdge({ args: ['edge'], env }, async (server) => {
        await expectTold(server, 'storeUnusable', 'no-folder is not a folder');
        expect((await server.get('/internal-backstage/health')).status).toBe(200);
      });
    } finally {
      await upstream.close();
    }
  });

  it('offline: a file that is spoilt while it is served', async () => {
    const file = await write('flags.json', JSON.stringify(document));
    const args = ['offline', '-b', file, '--client-tokens', token, '--reload-interval', '1'];
    await withEdge({ args, env: { LOG_FORMAT: 'json' } }, async (server) => {
      await write('flags.json', '{"features":');
      await expectTold(server, 'bootstrapFileUnusable', 'flags.json cannot be used: ');
      await eventuallyServes(server);
      await write('flags.json', JSON.stringify(document));
      await expectTold(server, 'bootstrapFileUsableAgain', 'flags.json can be used again');
    });
  });

  // Node can do that.
  if (!runsOnBun(subject)) return;

  it('workers on a socket path, on Bun', async () => {
    const path = join(folder, 'proxy.sock');
    const env = {
      ...{ UNLEASH_URL: 'http://127.0.0.1:1/api', UNLEASH_API_TOKEN: 't', UNLEASH_PROXY_CLIENT_KEYS: 'k' },
      ...{ PORT: path, WORKERS: '2', JSON_LOGGER: 'true' },
    };
    const server = await startServer(subject, { env, waitFor: 'nothing' });
    try {
      await expectTold(server, 'workersUnsupported', 'one process serves');
    } finally {
      await server.stop();
    }
  });
});
