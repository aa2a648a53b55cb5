/**
 * State that the real Edge keeps in a folder or in Redis, taken over by Halyard with upstream away; and the other way.
 * With `HALYARD_WRITE_BACKUP=true` the folder and the answers become `test/data/edge-19.15.1-backup`.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { flag } from '../edge/harness.ts';
import { componentOrSkip } from '../support/components.ts';
import {
  answersOf,
  expectSameAnswers,
  originalBackup,
  type RecordedAnswer,
  stateFiles,
  tokens,
} from '../support/original-backup.ts';
import { startRedis } from '../support/redis.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { newAccount } from './support/compare.ts';
import { type EdgeOptions, hasRealEdge, startHalyardEdge, startRealEdge } from './support/pair.ts';
import { tally } from './support/tally.ts';
import { type EdgeUpstream, startEdgeUpstream } from './support/upstream.ts';

const available = hasRealEdge('state of the real Unleash Edge');
const withRedis = componentOrSkip('redis', 'state of the real Unleash Edge in Redis');

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

const strategy = (name: string, parameters: object, rest: object = {}) => ({
  name,
  parameters,
  constraints: [],
  variants: [],
  ...rest,
});
const features = [
  flag('plain'),
  flag('off', 'default', { enabled: false }),
  flag('rollout', 'default', {
    strategies: [strategy('flexibleRollout', { rollout: '50', stickiness: 'default', groupId: 'rollout' })],
    variants: [
      { name: 'red', weight: 500, payload: { type: 'string', value: 'r' }, stickiness: 'default' },
      { name: 'blue', weight: 500, stickiness: 'default' },
    ],
    impressionData: true,
  }),
  flag('region', 'p2', {
    strategies: [
      strategy(
        'default',
        {},
        {
          constraints: [
            { contextName: 'region', operator: 'IN', values: ['eu'], inverted: false, caseInsensitive: false },
          ],
        },
      ),
    ],
  }),
  flag('staff', 'p2', { strategies: [strategy('default', {}, { segments: [1] })] }),
  flag('child', 'p2', { dependencies: [{ feature: 'plain' }] }),
];
const segments = [
  {
    id: 1,
    constraints: [
      { contextName: 'userId', operator: 'IN', values: ['alice'], inverted: false, caseInsensitive: false },
    ],
  },
];

async function startUpstream(): Promise<EdgeUpstream> {
  const upstream = await startEdgeUpstream();
  cleanUp.push(() => upstream.close());
  upstream.documents.set('development', { version: 2, features, segments });
  upstream.documents.set('production', { version: 2, features: [flag('live')] });
  return upstream;
}

type Start = (options: EdgeOptions) => Promise<Server>;

/** A run that learns everything from upstream, and ends. @returns its answers */
async function firstRun(start: Start, env: Readonly<Record<string, string>>): Promise<readonly RecordedAnswer[]> {
  const server = await start({ args: ['edge'], env });
  try {
    const ask = async () => (await answersOf(server)).every(({ status }) => status < 500);
    await eventually('all environments', ask);
    return await answersOf(server);
  } finally {
    await server.stop();
  }
}

/** A run that knows nothing but what the other kept. */
async function secondRun(start: Start, env: Readonly<Record<string, string>>): Promise<readonly RecordedAnswer[]> {
  const server = await start({ args: ['edge'], env });
  try {
    return await answersOf(server);
  } finally {
    await server.stop();
  }
}

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  const account = newAccount();
  const startHalyard: Start = (options) => startHalyardEdge(subject, options);

  async function takesOver(first: Start, second: Start, store: Readonly<Record<string, string>>) {
    const upstream = await startUpstream();
    const env = {
      UPSTREAM_URL: `${upstream.origin}/x`,
      TOKENS: `${tokens.client},${tokens.other}`,
      STRICT: 'true',
      ...store,
    };
    const before = await firstRun(first, env);
    for (const path of ['/edge/validate', '/api/client/features']) upstream.instead.set(path, 'drop');
    const after = await secondRun(second, env);
    expectSameAnswers(after, before);
    expect(before.filter(({ status }) => status === 200).length).toBeGreaterThan(18);
    account.comparisons += after.length;
    return before;
  }

  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'halyard-original-'));
    cleanUp.push(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  test('a folder that the original wrote', async () => {
    const path = await folder();
    const answers = await takesOver(startRealEdge, startHalyard, { BACKUP_FOLDER: path });
    if (process.env.HALYARD_WRITE_BACKUP !== 'true') return;
    await mkdir(originalBackup, { recursive: true });
    for (const name of stateFiles) await cp(join(path, name), join(originalBackup, name));
    await writeFile(join(originalBackup, 'answers.json'), `${JSON.stringify(answers, undefined, 1)}\n`);
  });

  test('a folder that Halyard wrote', async () => {
    await takesOver(startHalyard, startRealEdge, { BACKUP_FOLDER: await folder() });
  });

  test.runIf(withRedis)('Redis, written by the original', async () => {
    const redis = await startRedis();
    cleanUp.push(() => redis.stop());
    await takesOver(startRealEdge, startHalyard, redisSettings(redis.port));
  });

  test.runIf(withRedis)('Redis, written by Halyard', async () => {
    const redis = await startRedis();
    cleanUp.push(() => redis.stop());
    await takesOver(startHalyard, startRealEdge, redisSettings(redis.port));
  });

  test('the account', () => tally('state kept by one and used by the other: folder, Redis', subject, account));
});

/** The original takes the port out of a URL unless it is given by itself. */
const redisSettings = (port: number) => ({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(port) });
