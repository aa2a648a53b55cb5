import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyDelta } from '../definitions/delta.ts';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { type Context, createProperties } from './context.ts';
import { firstVariant, off } from './outcome.ts';

interface Case {
  readonly description: string;
  readonly toggleName: string;
  readonly context: Record<string, unknown>;
  readonly expectedResult: unknown;
}

interface Suite {
  readonly name: string;
  readonly state: { readonly events?: unknown };
  readonly tests?: Case[];
  readonly variantTests?: Case[];
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@unleash/client-specification')), 'specifications');
const load = <T>(file: string): T => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;

function contextOf(raw: Record<string, unknown>): Context {
  const { properties, currentTime, ...root } = raw;
  return {
    appName: undefined,
    environment: undefined,
    userId: undefined,
    sessionId: undefined,
    remoteAddress: undefined,
    ...root,
    currentTime: currentTime === undefined ? undefined : new Date(currentTime as string),
    properties: Object.assign(createProperties(), root, properties),
  };
}

const environment = { random: Math.random, now: Date.now, hostname: 'test', customStrategies: new Map() };

for (const file of load<string[]>('index.json')) {
  const suite = load<Suite>(file);
  describe(suite.name, () => {
    const document = suite.state.events ? applyDelta(undefined, suite.state).document : suite.state;
    const set = compile(readDefinitions(document), environment);
    const outcomes = set.createOutcomes();
    const ask = (name: string, raw: Record<string, unknown>) => {
      set.evaluate(contextOf(raw), outcomes);
      const index = set.indexOf(name);
      return { flag: set.flags[index], outcome: outcomes[index] ?? off };
    };

    for (const { description, toggleName, context, expectedResult } of suite.tests ?? []) {
      test(description, () => expect(ask(toggleName, context).outcome !== off).toBe(expectedResult));
    }
    for (const { description, toggleName, context, expectedResult } of suite.variantTests ?? []) {
      test(description, () => {
        const { flag, outcome } = ask(toggleName, context);
        const variant = flag?.variants[outcome - firstVariant];
        const expected = expectedResult as { feature_enabled?: boolean };
        expect({
          name: variant?.name ?? 'disabled',
          ...(variant?.payload ? { payload: variant.payload } : {}),
          enabled: variant !== undefined,
          ...(expected.feature_enabled === undefined ? {} : { feature_enabled: outcome !== off }),
        }).toEqual(expectedResult);
      });
    }
  });
}
