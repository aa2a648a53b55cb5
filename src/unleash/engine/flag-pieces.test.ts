import { expect, test } from 'vitest';
import { PartsBuilder } from '../../flags/fragments.ts';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { FlagPieces, type ListKind } from './flag-pieces.ts';
import { testEnvironment } from './testing.ts';

const half = [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId' } }];
const features = [
  { name: 'varies', enabled: true, strategies: half, variants: [{ name: 'v', weight: 1 }] },
  { name: 'never', enabled: false, strategies: half },
  { name: 'always', enabled: true, strategies: [] },
];
const { flags } = compile(readDefinitions({ features }), testEnvironment);

function list(kind: ListKind) {
  const written: string[] = [];
  const pieces = new FlagPieces(({ name }, outcome) => {
    written.push(`${name} ${outcome}`);
    return `"${name} ${outcome}"`;
  });
  const parts = () => {
    const builder = new PartsBuilder();
    for (const [position, flag] of flags.entries()) pieces.addTo(builder, flag, position, kind);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return builder.finish().map((part) => ('fragments' in part ? part.fragments.map(text) : text(part)));
  };
  return { parts, written };
}

test('a list of enabled flags writes nothing for flags that are off', () => {
  const { parts, written } = list('enabled');
  expect(parts()).toEqual([['', ',"varies 1"', ',"varies 2"'], ',"always 1"']);
  expect(written).toEqual(['varies 1', 'varies 2', 'always 1']);
});

test('a list of all flags has them all', () => {
  const { parts } = list('all');
  expect(parts()).toEqual([[',"varies 0"', ',"varies 1"', ',"varies 2"'], ',"never 0","always 1"']);
});

test.each(['enabled', 'all'] as const)('nothing is written twice (%s)', (kind) => {
  const { parts, written } = list(kind);
  const first = parts();
  const times = written.length;
  expect(parts()).toEqual(first);
  expect(written).toHaveLength(times);
});
