/** The published Python SDK against Halyard: remote and local evaluation, analytics, realtime. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentPython } from '../../support/components.ts';
import { eventually } from '../../support/wait.ts';
import { runtimes } from '../support/halyard.ts';
import {
  changeFirstFlag,
  clientKey,
  identityRequests,
  keys,
  sdksOrSkip,
  serverKey,
  startWorld,
  type World,
} from './world.ts';

const { skip, title } = sdksOrSkip('flagsmith-python');

describe.skipIf(skip).each(runtimes())(`${title}: Python, %s`, (subject) => {
  let world: World;
  let python: ChildProcess;
  let complaints = '';
  const waiting: ((line: string) => void)[] = [];

  beforeAll(async () => {
    world = await startWorld(subject);
    const script = fileURLToPath(new URL('sdk.py', import.meta.url));
    python = spawn(componentPython('flagsmith-python')!, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
    python.stderr!.on('data', (chunk) => {
      complaints += String(chunk);
    });
    createInterface({ input: python.stdout! }).on('line', (line) => waiting.shift()?.(line));
  });
  afterAll(async () => {
    python?.kill('SIGKILL');
    await world?.close();
  });

  const ask = async (command: Record<string, unknown>): Promise<unknown> => {
    const line = await new Promise<string>((resolve, reject) => {
      waiting.push(resolve);
      setTimeout(() => reject(new Error(`Python does not answer: ${complaints}`)), 60_000).unref();
      python.stdin!.write(`${JSON.stringify(command)}\n`);
    });
    const { result, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(error);
    return result;
  };
  const open = (name: string, config: Record<string, unknown>) =>
    ask({ do: 'open', name, config: { api_url: world.api, ...config } });
  const identity = (
    name: string,
    identifier: string,
    traits: readonly { trait_key: string; trait_value: unknown }[],
  ) => {
    const map = Object.fromEntries(traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]));
    return ask({ do: 'identity', name, identifier, traits: map });
  };

  it('gets flags of the environment and of identities', async () => {
    await open('remote', { environment_key: keys('realistic').client });
    expect(Object.keys((await ask({ do: 'environment', name: 'remote' })) as object)).toHaveLength(48);
    for (const { identifier, traits } of identityRequests('realistic', 10)) {
      const own = await world.flagsOf(keys('realistic').client, { identifier, traits });
      expect(await identity('remote', identifier, traits)).toEqual(own);
    }
  });

  it.each(['features50', 'realistic', 'overrides'] as const)('evaluates %s by itself and agrees', async (profile) => {
    const { server } = keys(profile);
    await open(profile, { environment_key: server, enable_local_evaluation: true });
    for (const { identifier, traits } of identityRequests(profile, 40, 7)) {
      expect(await identity(profile, identifier, traits), identifier).toEqual(
        await world.flagsOf(server, { identifier, traits }),
      );
    }
  });

  it('reports a wrong key', async () => {
    await open('wrong', { environment_key: 'wrong' });
    await expect(ask({ do: 'environment', name: 'wrong' })).rejects.toThrow('FlagsmithAPIError');
  });

  it('is told of changes by the stream', async () => {
    const config = { environment_key: serverKey, enable_local_evaluation: true, enable_realtime_updates: true };
    const before = await world.streams();
    await open('realtime', { ...config, realtime_api_url: world.realtime });
    await eventually('its stream', async () => (await world.streams()) > before);
    await eventually('the core API’s stream', () => world.core.streams(clientKey) > 0);
    const name = changeFirstFlag(world.core, 'features50', `python ${subject}`);
    await eventually('the change', async () => {
      const flags = (await ask({ do: 'environment', name: 'realtime' })) as Record<string, [boolean, unknown]>;
      return flags[name]?.[1] === `python ${subject}`;
    });
  });

  it('reports how often flags were looked at', async () => {
    await open('analytics', { environment_key: clientKey, enable_analytics: true });
    const sum = async () => {
      // It forgets what a report had in it that was not answered in time.
      await ask({ do: 'use', name: 'analytics', flag: 'billing_feature_003' });
      return world.core.posted('/analytics/flags/').some((body) => JSON.parse(body).billing_feature_003 >= 1);
    };
    await eventually('the sum in the core API', sum, 60_000, 500);
  });
});
