import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyDelta } from '../../src/unleash/definitions/delta.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';

interface Case {
  readonly description: string;
  readonly toggleName: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly expectedResult: unknown;
}

interface Suite {
  readonly name: string;
  readonly state: { readonly events?: unknown };
  readonly tests?: readonly Case[];
  readonly variantTests?: readonly Case[];
}

interface Toggle {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: { readonly name: string; readonly enabled: boolean; readonly payload: unknown };
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@unleash/client-specification')), 'specifications');
const load = <Shape>(file: string): Shape => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Shape;

function queryOf({ properties, ...fields }: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) query.append(name, String(value));
  for (const [name, value] of Object.entries(properties ?? {})) query.append(`properties[${name}]`, String(value));
  return query.toString();
}

// Suites 01 to 22: asked with GET and with POST, and once more through the definitions that the client API hands on.
for (const file of load<string[]>('index.json')) {
  const suite = load<Suite>(file);
  describe(suite.name, async () => {
    const document = suite.state.events ? applyDelta(undefined, suite.state).document : suite.state;
    const first = await startEdge(document);
    const passedOn = (await first.call('/api/client/features', { token: '*:dev.c' })).json() as { features: object[] };
    const second = await startEdge(passedOn);

    const ask = async (edge: typeof first, context: Case['context'], posted: boolean, name: string) => {
      // An address that no case names: a missing remoteAddress is filled in with it.
      const options = { token: '*:dev.f', peer: '203.0.113.77', ...(posted ? { body: { context } } : {}) };
      const answer = await edge.call(`/api/frontend/all${posted ? '' : `?${queryOf(context)}`}`, options);
      expect(answer.status).toBe(200);
      return (answer.json() as { toggles: Toggle[] }).toggles.find((toggle) => toggle.name === name);
    };
    const ways: readonly (readonly [typeof first, boolean])[] = [
      [first, false],
      [first, true],
      [second, false],
    ];

    for (const { description, toggleName, context, expectedResult } of suite.tests ?? []) {
      test(description, async () => {
        for (const [edge, posted] of ways) {
          expect((await ask(edge, context, posted, toggleName))?.enabled ?? false).toBe(expectedResult);
        }
      });
    }
    for (const { description, toggleName, context, expectedResult } of suite.variantTests ?? []) {
      test(description, async () => {
        for (const [edge, posted] of ways) {
          const toggle = await ask(edge, context, posted, toggleName);
          const { name = 'disabled', enabled = false, payload = null } = toggle?.variant ?? {};
          const wanted = expectedResult as { feature_enabled?: boolean };
          const shown = { name, enabled, ...(payload === null ? {} : { payload }) };
          expect({
            ...shown,
            ...(wanted.feature_enabled === undefined ? {} : { feature_enabled: toggle?.enabled ?? false }),
          }).toEqual(expectedResult);
        }
      });
    }
  });
}

/** The specification's flags have no project; the client API hides such flags, so they get the default one. */
async function startEdge(document: unknown) {
  const upstream = scriptedUpstream();
  upstream.tokens.set('*:dev.c', { type: 'client' });
  upstream.tokens.set('*:dev.f', { type: 'frontend' });
  const { features, ...rest } = document as { features: object[] };
  upstream.features.set('*:dev.c', { ...rest, features: features.map((entry) => ({ project: 'default', ...entry })) });
  const edge = await edgeInMemory(['--dynamic', '--tokens', '*:dev.c'], upstream);
  await edge.start();
  return edge;
}
