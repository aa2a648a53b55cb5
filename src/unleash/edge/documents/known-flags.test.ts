import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finish } from '../../../flags/steps.ts';
import { parseJsonInSteps } from '../../definitions/parse-json.ts';
import type { RawFeature } from '../types.ts';
import { KnownFlags } from './known-flags.ts';
import { mergeFeatures } from './merge.ts';
import { allFlags, readClientFeatures } from './read-features.ts';

type Flag = Record<string, unknown> & { readonly name: string };

/** So long that documents are cut into their members. */
const padding = 'x'.repeat(40_000);
const bytesOf = (features: readonly unknown[], space?: number) =>
  Buffer.from(JSON.stringify({ version: 2, padding, features }, undefined, space));
const flag = (name: string, more: object = {}): Flag => ({
  enabled: true,
  name,
  description: 'Schön "wie" nie \\',
  strategies: [{ name: 'default' }],
  ...more,
  list: padding.slice(0, 20),
});

/** A client of one upstream: each document is read with what is held from the one before. */
function follow() {
  let names: readonly string[] = [];
  let held = new Map<string, RawFeature>();
  return (bytes: Uint8Array) => {
    const flags = new KnownFlags(names, (name) => held.get(name));
    const { features } = readClientFeatures(finish(parseJsonInSteps(bytes, flags)));
    const isKnown = features.filter((feature) => held.get(feature.name) === feature).map(({ name }) => name);
    names = flags.names;
    held = new Map(features.map((feature) => [feature.name, feature]));
    return { features, isKnown };
  };
}

const many = Array.from({ length: 2000 }, (_, i) => flag(`flag-${i}`, { description: `Nummer ${i} ä` }));

it.each([undefined, 1])(
  'flags that come again with the same bytes are not read again, however JSON is written',
  (space) => {
    const read = follow();
    expect(read(bytesOf(many, space)).isKnown).toEqual([]);
    const changed = many.with(3, flag('flag-3', { enabled: false })).with(1999, flag('new'));
    const { features, isKnown } = read(bytesOf(changed, space));
    expect(isKnown).toEqual(many.map(({ name }) => name).filter((name) => name !== 'flag-3' && name !== 'flag-1999'));
    expect(features[3]?.parse().enabled).toBe(false);
    expect(features[3]?.text).toContain('{"name":"default","variants":[]}');
    expect(features[1999]?.name).toBe('new');
  },
);

it('flags that came, went and moved cost no more than themselves', () => {
  const read = follow();
  read(bytesOf(many));
  const gone = many.filter((_, i) => i !== 10 && i !== 11);
  expect(read(bytesOf(gone)).isKnown).toHaveLength(1997);
  const come = [...gone.slice(0, 100), flag('first'), flag('second'), ...gone.slice(100)];
  expect(read(bytesOf(come)).isKnown).toHaveLength(1998);
  const moved = [...come.slice(1), come[0]];
  expect(read(bytesOf(moved)).isKnown).toHaveLength(1998);
});

it('reads what reading everything anew reads, whatever changes', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'ä', 'd');
  const entry = fc.oneof(
    { weight: 9, arbitrary: fc.record({ name, enabled: fc.boolean(), text: fc.string({ maxLength: 3 }) }) },
    fc.constantFrom(1, null, 'a', [], { enabled: true }),
  );
  const document = fc.tuple(fc.array(entry, { maxLength: 8 }), fc.constantFrom(undefined, 1));
  fc.assert(
    fc.property(fc.array(document, { minLength: 2, maxLength: 4 }), (documents) => {
      const read = follow();
      for (const [entries, space] of documents) {
        // A list of nothing but entries that are no flags would be refused.
        const features = [padding, ...entries, { name: 'always' }];
        const bytes = bytesOf(features, space);
        const anew = readClientFeatures(finish(parseJsonInSteps(bytes, allFlags)));
        expect(read(bytes).features.map(({ text }) => text)).toEqual(anew.features.map(({ text }) => text));
      }
    }),
    { numRuns: 200 },
  );
});

it('a flag that is held is recognised by how upstream wrote it last', () => {
  const [feature] = readClientFeatures({ features: [flag('a')] }).features as [RawFeature];
  const held = { version: 2, features: [feature] };
  const bytes = bytesOf([flag('a'), padding]);
  const start = bytes.indexOf('[{"enabled"') + 1;
  expect(feature.lengthAt(bytes, start)).toBe(0);
  const update = readClientFeatures(finish(parseJsonInSteps(bytes, new KnownFlags([], () => undefined))));
  expect(mergeFeatures({ projects: ['*'] }, held, update).features[0]).toBe(feature);
  const length = JSON.stringify(flag('a')).length + 1; // one letter takes two bytes
  expect(feature.lengthAt(bytes, start)).toBe(length);
  expect(feature.lengthAt(bytes.subarray(0, start + length - 1), start)).toBe(0);
  const other = Buffer.from(bytes);
  other[start + 20] = 0x7a;
  expect(feature.lengthAt(other, start)).toBe(0);
});
