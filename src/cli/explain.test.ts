import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Environment } from '../config/option.ts';
import type { Explanation } from '../flags/explanation.ts';
import { listenOnNode } from '../http/hosts/node.ts';
import type { HttpReply } from '../http/types.ts';
import { encodeKept, entryOf } from '../library/flagsmith/kept-text.ts';
import { runExplain } from './explain.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-explain-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], environment: Environment = {}, colours = false) {
  let out = '';
  let error = '';
  const code = await runExplain(args, environment, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    colours,
  });
  return { code, out, error };
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const feature = (name: string, rollout = '100') => ({
  name,
  enabled: true,
  project: 'default',
  strategies: [
    { name: 'flexibleRollout', parameters: { rollout, stickiness: 'userId', groupId: name }, constraints: [] },
  ],
});
const document = { version: 2, features: [feature('everybody'), feature('nobody', '0')] };
const flagsmith = (name: string) => ({
  api_key: `key-of-${name}`,
  name,
  project: { hide_disabled_flags: false, segments: [] },
  feature_states: [
    { feature: { id: 1, name: 'banner', type: 'STANDARD' }, enabled: true, feature_state_value: name, django_id: 1 },
  ],
  identity_overrides: [],
});

describe('files', () => {
  test('a document of Unleash, as Unleash Proxy and as Edge answer from it', async () => {
    const path = await file('flags.json', document);
    const plain = await run(['--file', path, '--flag', 'everybody', '--context', '{"userId":"1"}']);
    expect(plain).toMatchObject({ code: 0, error: '' });
    expect(plain.out).toContain('everybody is on\n  because strategy 1 (flexibleRollout) holds');
    expect(plain.out).toContain('environment  flags (Unleash Proxy, unleash-node)');
    const edge = await run([
      '--file',
      path,
      '-f',
      'nobody',
      '--query',
      'userId=1',
      '--evaluation',
      'yggdrasil',
      '--json',
    ]);
    const told = JSON.parse(edge.out) as Explanation;
    expect(told).toMatchObject({
      answer: { enabled: false },
      environment: { name: 'flags', evaluation: 'yggdrasil', origin: 'file' },
      context: { reader: 'Unleash Edge, query string of GET /api/frontend', values: { userId: '1' } },
    });
    expect(Object.keys(told).slice(0, 3)).toEqual(['flag', 'answer', 'because']);
  });

  test('a simplified bootstrap file of Edge', async () => {
    const path = await file('simple.json', { dark: { enabled: true, variant: 'black' } });
    const { code, out } = await run(['--file', path, '--flag', 'dark']);
    expect(code).toBe(0);
    expect(out).toContain('dark is on, variant black');
  });

  test('a backup of Edge, with an environment to choose', async () => {
    const path = await file('unleash_features.json', [
      ['development', document],
      ['production', { version: 2, features: [feature('everybody', '0')] }],
    ]);
    const unclear = await run(['--file', path, '--flag', 'everybody']);
    expect(unclear).toMatchObject({ code: 1, out: '' });
    expect(unclear.error).toContain('There are: "development", "production".');
    const only = await run(['--file', path, '--flag', 'nobody']);
    expect(only.out).toContain('environment  development');
    const chosen = await run([
      '--file',
      path,
      '-e',
      'production',
      '--flag',
      'everybody',
      '--context',
      '{"userId":"1"}',
    ]);
    expect(chosen.out).toContain('everybody is off\n');
    expect(chosen.out).toContain('environment  production (Unleash Edge, offline, yggdrasil)');
    const onProxy = await run([
      '--file',
      path,
      '-e',
      'production',
      '--flag',
      'everybody',
      '--evaluation',
      'unleash-node',
    ]);
    expect(onProxy.out).toContain('environment  production (Unleash Proxy, unleash-node)');
  });

  test('a document of Flagsmith, with the types that conditions go by', async () => {
    const path = await file('production.json', flagsmith('Production'));
    const context = '{"identifier":"ann","traits":{"age":1.0}}';
    const { code, out } = await run([
      '--file',
      path,
      '--flag',
      'banner',
      '--context',
      context,
      '--evaluation',
      'flagsmith-core',
    ]);
    expect(code).toBe(0);
    expect(out).toContain('banner is on, value "Production"');
    expect(out).toContain('environment  Production (Flagsmith, flagsmith-core)');
    const wrong = await run(['--file', path, '--flag', 'banner', '--context', '{"userId":"1"}']);
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.error).toContain('"context" knows no "userId"');
  });

  test('the folder in which Halyard keeps its state, whatever modes wrote it', async () => {
    const state = await mkdtemp(join(tmpdir(), 'halyard-state-'));
    try {
      await writeFile(join(state, 'unleash_features.json'), JSON.stringify([['development', document]]));
      await writeFile(join(state, 'unleash-backup-my-app.json'), JSON.stringify({ features: [feature('of-proxy')] }));
      for (const name of ['One', 'Two']) {
        const kept = {
          name: `key-of-${name}`,
          text: JSON.stringify(flagsmith(name)),
          savedMs: Date.parse('2026-03-01'),
        };
        const entry = entryOf(kept.name).replace('-', '_');
        await writeFile(join(state, `${entry}.json`), [...encodeKept(kept)].join(''));
      }
      const proxy = await run(['--file', state, '--flag', 'of-proxy', '--context', '{"userId":"1"}']);
      expect(proxy.out).toContain('environment  my-app (Unleash Proxy, unleash-node)');
      expect((await run(['--file', state, '--flag', 'nobody'])).out).toContain('environment  development');
      const two = await run(['--file', state, '--flag', 'banner', '-e', 'Two']);
      expect(two.out).toContain('value "Two"');
      expect(two.out).toContain('since 2026-03-01T00:00:00.000Z');
      const mode = await run(['--file', state, '--flag', 'banner', '--mode', 'proxy']);
      expect(mode.error).toContain('There is no flag "banner" in environment "my-app"');
    } finally {
      await rm(state, { recursive: true });
    }
  });

  test.each([
    ['nothing.json', undefined, 'does not exist'],
    ['empty.json', '', 'is not JSON'],
    ['text.json', '"text"', 'is not a document of Unleash'],
    ['list.json', '[1,2]', 'is not a document of Unleash'],
    ['other.json', '{"name":"package"}', 'cannot be used'],
    ['features.json', '{"features":7}', 'cannot be used'],
  ])('%s is refused', async (name, content, message) => {
    const path = content === undefined ? join(folder, name) : await file(name, content);
    const { code, out, error } = await run(['--file', path, '--flag', 'x']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toContain(message);
    expect(error).toContain(path);
  });

  test('an empty folder is refused', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'halyard-empty-'));
    expect(await run(['--file', empty, '--flag', 'x'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('holds no state'),
    });
    await rm(empty, { recursive: true });
  });
});

describe('a server', () => {
  async function answered(reply: HttpReply, args: readonly string[], environment: Environment) {
    const asked: { path: string; authorization: string | undefined; body: string }[] = [];
    const server = await listenOnNode(
      async (request) => {
        const body = new TextDecoder().decode(await request.readBody(10_000));
        asked.push({ path: request.path, authorization: request.header('authorization'), body });
        return reply;
      },
      { port: 0, host: '127.0.0.1' },
    );
    const url = `http://127.0.0.1:${server.port}/base/`;
    const result = await run(['--url', url, ...args], environment);
    await server.close(0);
    return { ...result, asked };
  }
  const json = (status: number, value: unknown): HttpReply => ({
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  });

  test('is asked with the token, and the text of the context is left as it is', async () => {
    const path = await file('flags.json', document);
    const { out } = await run(['--file', path, '--flag', 'everybody', '--query', 'userId=1', '--json']);
    const args = ['--flag', 'a b/c', '--context', '{"identifier":"x","traits":{"v":1.0}}', '--environment', 'dev'];
    const token = { HALYARD_OPERATOR_TOKEN: 'first-operator-token, second' };
    const told = await answered(json(200, { ...JSON.parse(out), text: '…' }), args, token);
    expect(told.asked).toEqual([
      {
        path: '/base/halyard/explain/a%20b%2Fc',
        authorization: 'Bearer first-operator-token',
        body: '{"environment":"dev","context":{"identifier":"x","traits":{"v":1.0}}}',
      },
    ]);
    expect(told).toMatchObject({ code: 0, error: '' });
    expect(told.out).toContain('everybody is on');
  });

  test('refuses in words', async () => {
    const refusal = json(401, { error: 'unauthorized', message: 'The operator token is not right.' });
    const told = await answered(refusal, ['--flag', 'x', '--token', 'secret-operator-token'], {});
    expect(told).toMatchObject({ code: 1, out: '', error: 'halyard: The operator token is not right.\n' });
  });

  test('says how to give a token where none was', async () => {
    const told = await answered(json(401, { error: 'unauthorized', message: 'Not so.' }), ['--flag', 'x'], {});
    expect(told).toMatchObject({
      code: 1,
      error: 'halyard: an operator token of that Halyard is needed: give --token, or set HALYARD_OPERATOR_TOKEN\n',
    });
  });

  test('may be something else', async () => {
    const page: HttpReply = { status: 404, headers: {}, body: '<html>' };
    const told = await answered(page, ['--flag', 'x'], {});
    expect(told.code).toBe(1);
    expect(told.error).toContain('answered 404 and no explanation. Is it a Halyard');
  });

  test('may be gone', async () => {
    const { code, error } = await run(['--url', 'http://127.0.0.1:1', '--flag', 'x']);
    expect(code).toBe(1);
    expect(error).toContain('http://127.0.0.1:1 cannot be asked: ');
  });
});

describe('the command line', () => {
  test.each([
    [[], '--flag <NAME>'],
    [['--flag', 'x'], 'say what to ask: --url for a running Halyard, or --file'],
    [['--flag', 'x', '--url', 'here'], "invalid value 'here' for '--url <URL>'"],
    [['--flag', 'x', '--url', 'http://x', '--file', 'y'], "cannot be used with '--file'"],
    [['--flag', 'x', '--file', 'y', '--context', '{}', '--query', ''], "cannot be used with '--query'"],
    [['--flag', 'x', '--file', 'y', '--context', '{userId:1}'], '--context is not JSON'],
    [['--flag', 'x', '--file', 'y', '--evaluation', 'z'], '[possible values: auto, unleash-node'],
    [['--flags', 'x'], "unexpected argument '--flags'"],
  ])('%j is refused', async (args, message) => {
    const { code, out, error } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(message);
    expect(error).toContain('halyard explain --help');
  });

  test('a server that the shell knows does not keep a file from being read', async () => {
    const path = await file('flags.json', document);
    expect(
      await run(['--file', path, '--flag', 'nobody'], { HALYARD_URL: 'http://x', MODE: 'z', JSON: 'true' }),
    ).toMatchObject({
      code: 0,
      out: expect.stringContaining('nobody is off'),
    });
  });

  test('--help tells all of it', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const words of ['--flag <NAME>', '[env: HALYARD_OPERATOR_TOKEN]', 'Exit codes: 0 explained'])
      expect(out).toContain(words);
    expect(out).not.toContain('[env: MODE]');
  });

  test('colours only where they are understood, and nothing that steers a terminal', async () => {
    const path = await file('hostile.json', { features: [{ ...feature('x'), name: 'a\u001b[2J\u202eb' }] });
    const args = ['--file', path, '--flag', 'a\u001b[2J\u202eb', '--context', '{"userId":"\\u0007"}'];
    const plain = await run(args);
    expect(plain.code).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(plain.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(plain.out).toContain('a\\u001b[2J\\u202eb is on');
    const coloured = await run(args, {}, true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
    expect(coloured.out.replace(/\u001b\[\d+m/g, '')).toBe(plain.out);
    expect(coloured.out).toContain('\u001b[32mon\u001b[0m');
  });
});
