/**
 * No secret of a run appears in any output: log lines at the most talkative level, error messages, pages, metrics,
 * replies, telemetry. Every mode, on both runtimes, with an upstream and a Redis that repeat what they were sent.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/flags/events/catalogue.ts';
import { flag } from '../edge/harness.ts';
import { reachedBySecretsRun } from '../logs/reached-by.ts';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { askEverything } from './requests.ts';
import { badStarts, type Scenario, scenarios, type World } from './scenarios.ts';
import { leaksIn, secrets } from './secrets.ts';
import { phases, startTalkativeRedis, startTalkativeUpstream } from './talkative-upstream.ts';

const events: Readonly<Record<string, string>> = Object.fromEntries(
  catalogue.flatMap(([, part]) => Object.entries(part).map(([name, { code }]) => [name, code])),
);

/** Flagsmith's lines name an environment by its client-side key, which is public: there, and nowhere else. */
const withoutPublicKeys = (output: string): string => {
  const key = secrets.flagsmithClientKey;
  return output
    .replaceAll(new RegExp(`"(client_side_key|name)":"${key}"`, 'g'), '"$1":"…"')
    .replaceAll(new RegExp(`(client_side_key|name)=${key} `, 'g'), '$1=… ');
};

describe('the search', () => {
  it.each(Object.entries(secrets))(
    'finds %s, whole or in part, plain or in base64, and no mask of it',
    (name, value) => {
      const part = value.slice(value.lastIndexOf('.') + 1);
      expect(leaksIn(`x ${value} y`)).toMatchObject([{ name }]);
      expect(leaksIn(`x ${part.slice(9, 17)} y`)).toMatchObject([{ name }]);
      expect(leaksIn(`Basic ${Buffer.from(`user:${part}`).toString('base64')}`)).toMatchObject([{ name }]);
      expect(leaksIn(`*:development.${part.slice(0, 4)}…${part.slice(-4)}`)).toEqual([]);
    },
  );
});

describe.each(halyards())('%s', (subject: Subject) => {
  let redis: Awaited<ReturnType<typeof startTalkativeRedis>>;
  let folder: string;
  let bootstrapFile: string;
  const seen = new Set<string>();

  beforeAll(async () => {
    redis = await startTalkativeRedis();
    folder = await mkdtemp(join(tmpdir(), 'halyard-secrets-'));
    bootstrapFile = join(folder, 'features.json');
    await writeFile(bootstrapFile, JSON.stringify({ version: 2, features: [flag('shared')] }));
  });
  afterAll(async () => {
    await redis?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function withWorld(use: (world: World) => Promise<void>): Promise<void> {
    const upstream = await startTalkativeUpstream();
    try {
      await use({ upstream, redisPort: redis.port, port: await freePort(), bootstrapFile });
    } finally {
      await upstream.close();
    }
  }

  async function run({ args = [], env }: Scenario, world: World): Promise<void> {
    const { upstream, port } = world;
    const server = await startServer(subject, { port, args, env: env(world), waitFor: 'nothing' });
    const leaks: string[] = [];
    try {
      const answers = () => server.get('/health').then(() => true);
      await eventually('an answer', () => !server.alive() || answers());
      expect(server.alive(), server.stdout() + server.stderr()).toBe(true);
      leaks.push(...(await askEverything(server)));
      for (const phase of phases) {
        upstream.phase = phase;
        // Some modes never ask upstream; others need a while between two attempts.
        await eventually(phase, () => upstream.requestsOfPhase > 1, 2_000).catch(() => undefined);
      }
      leaks.push(...(await askEverything(server)));
    } finally {
      await server.stop();
    }
    const output = server.stdout() + server.stderr();
    for (const [code] of output.matchAll(/HALYARD-\d+/g)) seen.add(code);
    expect(leaks).toEqual([]);
    expect(output).not.toBe('');
    expect(leaksIn(withoutPublicKeys(output))).toEqual([]);
    expect(upstream.exported.join('')).toContain('resourceSpans');
    expect(upstream.exported.join('')).toContain('resourceMetrics');
    expect(leaksIn(upstream.exported.join('\n'))).toEqual([]);
  }

  it.concurrent.each(scenarios)('$name', { timeout: 480_000 }, (scenario) =>
    withWorld((world) => run(scenario, world)),
  );

  it('told what went wrong, with its codes', () => {
    expect(reachedBySecretsRun.filter((name) => !seen.has(events[name] ?? ''))).toEqual([]);
  });

  it.each(badStarts)('a start that fails: $name', ({ args = [], env, mayRun }) =>
    withWorld(async (world) => {
      const server = await startServer(subject, { port: world.port, args, env: env(world), waitFor: 'nothing' });
      const { code } = await Promise.race([
        server.exit,
        eventually('a listener', () => server.stdout().includes('listening')).then(() => ({ code: 0 })),
      ]);
      await server.stop();
      const output = server.stdout() + server.stderr();
      expect(leaksIn(output)).toEqual([]);
      expect(output).not.toBe('');
      if (!mayRun) expect(code, output).not.toBe(0);
    }),
  );
});
