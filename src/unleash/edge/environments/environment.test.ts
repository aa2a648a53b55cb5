import { describe, expect, test } from 'vitest';
import { finish } from '../../../flags/steps.ts';
import { createTagger } from '../api/entity.ts';
import { readContext } from '../context/read-context.ts';
import { sortedByName } from '../documents/by-name.ts';
import { readClientFeatures } from '../documents/read-features.ts';
import type { EdgeToken } from '../types.ts';
import { Environment } from './environment.ts';

const token = (projects: readonly string[]): EdgeToken => ({
  token: projects.join(),
  type: 'frontend',
  environment: 'dev',
  projects,
  status: 'Validated',
});

const engine = { random: () => 0.5, now: Date.now, hostname: 'h', customStrategies: new Map() };

async function environmentOf(
  features: readonly object[],
  cacheBytes: number,
  before?: Environment,
): Promise<Environment> {
  const read = readClientFeatures({ version: 2, features });
  const document = { ...read, features: sortedByName(read.features) };
  const options = { engine, tagger: await createTagger(false), cacheBytes };
  return finish(Environment.createInSteps(document, options, before));
}

const rollout = [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId' } }];
const flags = Array.from({ length: 100 }, (_, i) => ({
  name: `flag-${i}`,
  project: `p${i}`,
  enabled: true,
  strategies: rollout,
}));

describe('Environment', () => {
  test('memory of finished replies stays below five times its setting, whatever scopes and contexts come', async () => {
    const cacheBytes = 200_000;
    const environment = await environmentOf(flags, cacheBytes);
    for (let scope = 0; scope < 200; scope++) {
      const own = token([`p${scope % 100}`, `p${(scope * 7) % 100}`, `p${(scope * 31) % 100}`]);
      for (let user = 0; user < 40; user++) {
        const context = readContext({ userId: String(user % 20) });
        environment.frontend(own).list('all', context);
      }
      environment.client(own, undefined).encoded('gzip');
    }
    for (let prefix = 0; prefix < 1_000; prefix++) environment.client(token(['*']), `flag-${prefix}`);
    expect(environment.cachedBytes).toBeLessThan(10 * cacheBytes + 2 * cacheBytes);
    expect(environment.cachedBytes).toBeGreaterThan(0);
  });

  test('tokens of one scope share a view, and get it back after others pushed it out', async () => {
    const environment = await environmentOf(flags, 10_000);
    const first = environment.frontend(token(['p1']));
    expect(environment.frontend(token(['p1']))).toBe(first);
    for (let i = 0; i < 100; i++) environment.frontend(token([`p${i}`]));
    const again = environment.frontend(token(['p1'])).list('all', readContext({ userId: '7' }));
    expect(Buffer.from(again.bytes).toString()).toContain('"flag-1"');
    expect(Buffer.from(again.bytes).toString()).not.toContain('"flag-2"');
  });

  test('what did not change is taken over from the environment before', async () => {
    const before = await environmentOf(flags, 200_000);
    before.frontend(token(['p1']));
    const changed = flags.map((flag) => (flag.name === 'flag-1' ? { ...flag, enabled: false } : flag));
    const after = await environmentOf(changed, 200_000, before);
    const same = after.set.flags.filter((flag) => before.set.flags.includes(flag));
    expect(same).toHaveLength(99);
    expect(after.set.flags[after.set.indexOf('flag-1')]?.enabled).toBe(false);
    const list = (environment: Environment) =>
      new TextDecoder().decode(environment.frontend(token(['p1'])).list('all', readContext({ userId: '1' })).bytes);
    expect(list(after)).toContain('"name":"flag-1","enabled":false');
    expect(list(await environmentOf(changed, 200_000))).toBe(list(after));
  });
});
