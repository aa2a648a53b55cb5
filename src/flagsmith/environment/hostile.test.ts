import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { client, e2eDocument, registryOf } from '../../../test/flagsmith/api.ts';
import { finish } from '../../flags/steps.ts';
import type { Scalar } from '../json/value.ts';
import { loadEnvironment } from './served-environment.ts';

const whole = JSON.parse(e2eDocument()) as object;

// what may stand in the place of any part of a document
const replacement = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'x', '$..*', '(a+)+$', '[', '0|0', [], {}, [[]], [{}], { a: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Replaces, or removes, the part of a value that a list of numbers leads to. */
function mutate(value: unknown, path: readonly number[], part: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return part;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return part;
  const changed = mutate((value as Record<string, unknown>)[key], rest, part);
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? changed : item));
  return { ...value, [key]: changed };
}

const traits: [string, Scalar][] = [
  ['tier', 'gold'],
  ['$.identity.identifier', '7'],
  ['a', 1],
];

describe('hostile input', () => {
  it('in documents is refused or left out, never thrown', () => {
    const path = fc.array(fc.nat(30), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(path, replacement), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = changes.reduce<unknown>((value, [where, part]) => mutate(value, where, part), whole);
        const text = JSON.stringify(changed);
        const { environment } = finish(loadEnvironment([text], { mode: 'proxy', details: true }));
        if (environment === null) return;
        for (const kind of ['client', 'server'] as const) {
          JSON.parse(new TextDecoder().decode(environment.flags(kind).bytes));
          JSON.parse(new TextDecoder().decode(environment.identityFlags(kind, environment.identity('alice', traits))));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('in bodies is answered, and what is valid is echoed', async () => {
    const send = client(registryOf({ c: { serverKey: 'ser.c', text: e2eDocument() } }));
    const trait = fc.record({
      trait_key: fc.string(),
      trait_value: fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string()),
    });
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({ identifier: fc.string(), traits: fc.array(trait) }, { requiredKeys: [] })
        .map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const reply = await send('POST', '/api/v1/identities/', { 'x-environment-key': 'c' }, text);
        expect([200, 422]).toContain(reply.status);
        const answer = JSON.parse(String(reply.body));
        if (reply.status === 200) {
          const sent = JSON.parse(text);
          if (typeof sent.identifier === 'string') expect(answer.identifier).toBe(sent.identifier);
          expect(answer.traits.length).toBe(sent.traits?.length ?? 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
