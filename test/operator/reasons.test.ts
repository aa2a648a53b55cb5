/** An explanation gives the reason that OpenFeature clients get, for every flag of the client specification and the demo. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonOf } from '../../src/library/ofrep/unleash-reason.ts';
import { readDefinitions } from '../../src/unleash/definitions/read-document.ts';
import { compile } from '../../src/unleash/engine/compile.ts';
import { testContext } from '../../src/unleash/engine/testing.ts';
import { WayEvaluator } from '../../src/unleash/engine/ways.ts';
import { explainAnswer } from '../../src/unleash/explain/explain.ts';

const specification = dirname(createRequire(import.meta.url).resolve('@unleash/client-specification'));
const folder = join(specification, 'specifications');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const documents: unknown[] = readdirSync(folder)
  .filter((name) => /^\d.*\.json$/.test(name))
  .map((name) => read(join(folder, name)).state)
  .filter((state) => Array.isArray(state.features));
documents.push(read('demo/flags.json'));

test('reasons of explanations are those of OpenFeature answers', () => {
  const reasons = new Set<string>();
  const moon = { random: () => 0.3, now: () => 0, hostname: 'h', customStrategies: new Map([['moon', () => true]]) };
  const custom = { features: [{ name: 'own', enabled: true, strategies: [{ name: 'moon' }] }] };
  for (const document of [...documents, custom]) {
    const definitions = readDefinitions(document);
    const set = compile(definitions, moon);
    const ways = new WayEvaluator(set, undefined);
    const byName = new Map(definitions.features.map((feature) => [feature.name, feature]));
    const served = {
      set,
      environment: moon,
      feature: (name: string) => byName.get(name),
      segments: definitions.segments,
      problem: () => undefined,
    };
    for (let user = 0; user < 10; user++) {
      const context = testContext({ userId: `${user}`, sessionId: 's', remoteAddress: '127.0.0.1' });
      ways.begin();
      for (const [index, flag] of set.flags.entries()) {
        const way = ways.way(index, ways.evaluate(index, context));
        const expected = reasonOf(flag, way, (name) => name === 'moon');
        expect(explainAnswer(served, flag.name, context)?.answer.reason, flag.name).toBe(expected);
        reasons.add(expected);
      }
    }
  }
  expect([...reasons].sort()).toEqual(['DEFAULT', 'DISABLED', 'SPLIT', 'STATIC', 'TARGETING_MATCH', 'UNKNOWN']);
});
