/**
 * The configuration vectors held against processes on both runtimes: every row that is refused ends one, with the code
 * of the original and with what is wrong; of the accepted rows those whose effect can be seen from outside. All rows are
 * held against the reader beside it (read-config.test.ts).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/flagsmith/config/read-config.ts';
import { type Server, startServer } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { type ConfigRow, configRows } from './config-rows.ts';
import { CoreApi } from './support/core-api.ts';
import { runtimes, startFlagsmith } from './support/halyard.ts';

const atOnce = 4;

/** The row that has this text in it. */
function rowWith(text: string): ConfigRow {
  const found = configRows.filter(({ name }) => name.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} rows have ${text}`);
  return found[0]!;
}

describe.each(runtimes())('configurations, %s', (subject) => {
  let core: CoreApi;
  const folders: string[] = [];

  beforeEach(async () => {
    core = await CoreApi.start();
  });
  afterEach(async () => {
    await core.close();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  async function folderOf({ file }: ConfigRow): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-config-'));
    folders.push(folder);
    if (file !== null) await writeFile(join(folder, 'config.json'), file);
    return folder;
  }

  async function refusal(row: ConfigRow): Promise<[code: number | null, stdout: string, stderr: string]> {
    const directory = await folderOf(row);
    const env = { ...row.environment };
    const server = await startServer(subject, { args: ['flagsmith'], directory, env, waitFor: 'nothing' });
    try {
      await eventually(`an end of ${row.name}`, () => !server.alive());
      return [(await server.exit).code, server.stdout(), server.stderr()];
    } finally {
      await server.stop();
    }
  }

  it('that are refused end the process with 1 and with every problem', async () => {
    const refused = configRows.filter((row) => row.refused);
    expect(refused.length).toBeGreaterThan(10);
    for (let i = 0; i < refused.length; i += atOnce) {
      await Promise.all(
        refused.slice(i, i + atOnce).map(async (row) => {
          const read = readConfig(row.file, row.environment);
          const problems = read.ok ? [] : read.problems;
          expect(await refusal(row), row.name).toEqual([
            1,
            row.file === null
              ? 'Configuration file config.json not found\n'
              : 'Loaded configuration from config.json\n',
            `${['the configuration cannot be used:', ...problems].join('\n  ')}\n`,
          ]);
        }),
      );
    }
  });

  type Seen = (server: Server) => Promise<unknown>;
  const readiness: Seen = async (server) => (await server.get('/proxy/health/readiness')).status;
  const allowedOrigin: Seen = async (server) => {
    const reply = await server.get('/proxy/health/liveness', { origin: 'https://x' });
    return [reply.headers['access-control-allow-origin'], reply.headers.vary];
  };
  const asked: Seen = async () => core.requests.map(({ headers }) => headers['x-environment-key'])[0];
  const flags: Seen = async (server) => (await server.get('/api/v1/flags/', { 'x-environment-key': 'c' })).status;
  const logged: Seen = async (server) => server.stderr();

  it.each<[what: string, row: string, seen: Seen, expected: unknown]>([
    ['keys in a variable', '[null,{"ENVIRONMENT_KEY_PAIRS"', flags, 200],
    ['no pairs', '[{"environment_key_pairs":[]}', readiness, 200],
    ['a server key that contains ser', '"xxserver"', asked, 'xxserver'],
    ['spaces around keys', '"  ser.x  "', flags, 200],
    ['origins in a variable', '"[\\"https://x\\"]"', allowedOrigin, ['https://x', 'Origin']],
    ['a log level in a variable, its format in the file', '"log_format":"json"', logged, ''],
    ['members that nobody knows', '"foo":1', flags, 200],
  ])('that are accepted have their effect: %s', async (_, text, seen, expected) => {
    const row = rowWith(text);
    for (const key of ['ser.one', 'ser.x', 'xxserver']) core.documents.set(key, e2eDocument({ api_key: 'c' }));
    const options = { args: ['flagsmith'], directory: await folderOf(row), waitFor: 'listening' } as const;
    const server = await startFlagsmith(subject, core, { ...row.environment }, options);
    try {
      expect(await seen(server)).toEqual(expected);
    } finally {
      await server.stop();
    }
  });

  it('of version 1.0 are taken, where the original ends with 1', async () => {
    const [legacy, ...more] = configRows.filter((row) => row.legacy);
    expect([legacy?.values, more]).toEqual([null, []]);
    const env = { ...legacy!.environment, FLAGSMITH_API_URL: `${core.url}/`, FLAGSMITH_API_TOKEN: 'admin' };
    for (const key of ['a', 'b']) core.documents.set(key, e2eDocument({ api_key: key }));
    const server = await startFlagsmith(subject, core, env, { args: ['flagsmith'] });
    try {
      for (const key of ['a', 'b'])
        expect((await server.get('/api/v1/flags/', { 'x-environment-key': key })).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
