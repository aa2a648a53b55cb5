import { describe, expect, test } from 'vitest';
import { SnapshotSlot } from '../../flags/snapshot.ts';
import { UnusableDefinitionsError } from '../definitions/read-document.ts';
import type { DefinitionIssue } from '../definitions/types.ts';
import { testEnvironment } from '../engine/testing.ts';
import { Loader } from './loader.ts';
import type { ProxyModel } from './model.ts';

function setUp() {
  const slot = new SnapshotSlot<ProxyModel>(() => 0);
  const issues: DefinitionIssue[] = [];
  let turns = 0;
  let elapsed = 0;
  const loader = new Loader({
    slot,
    environment: testEnvironment,
    kinds: ['enabled'],
    cacheBytes: 1000,
    onIssues: (found) => issues.push(...found),
    slicing: {
      elapsedMs: () => elapsed++,
      yieldNow: async () => {
        turns++;
      },
    },
  });
  const names = () => slot.current?.model.definitions.features.map(({ name }) => name);
  return { loader, slot, issues, names, turns: () => turns };
}

const feature = (name: string, more: object = {}) => ({ name, enabled: true, strategies: [], ...more });

describe('Loader', () => {
  test('publishes what it reads and gives it back whole', async () => {
    const { loader, slot, names } = setUp();
    const segments = [{ id: 1, constraints: [] }];
    const full = await loader.load({ version: 2, features: [feature('a')], segments, extra: 1 }, 'upstream');
    expect(full).toEqual({ version: 2, features: [feature('a')], segments });
    expect(names()).toEqual(['a']);
    expect(slot.current?.origin).toBe('upstream');
  });

  test.each([
    [null],
    ['x'],
    [[]],
    [{}],
    [{ features: 'x' }],
    [{ features: null, events: null }],
    [{ features: [null, 1, 's', {}] }],
  ])('refuses %j and keeps what it holds', async (document) => {
    const { loader, slot } = setUp();
    await loader.load({ features: [feature('a')] }, 'upstream');
    await expect(loader.load(document, 'upstream')).rejects.toThrow(UnusableDefinitionsError);
    expect(slot.current?.revision).toBe(1);
  });

  test('reports what is wrong inside, flag by flag', async () => {
    const { loader, issues, names } = setUp();
    await loader.load(
      { features: [feature('a', { strategies: 'x' }), null, { enabled: true }, feature('b')] },
      'upstream',
    );
    expect(names()).toEqual(['a', 'b']);
    expect(issues).toEqual([
      { subject: 'a', message: '"strategies" is not a list: the flag is off' },
      { subject: undefined, message: 'a flag without a name was left out' },
      { subject: undefined, message: 'a flag without a name was left out' },
    ]);
  });

  test('a document full of faults does not fill the log', async () => {
    const { loader, issues } = setUp();
    const features = Array.from({ length: 5000 }, (_, i) => feature(`f-${i}`, { strategies: 'x' }));
    await loader.load({ features }, 'upstream');
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)?.message).toBe('4900 more problems of this kind');
  });

  test('older sources give way', async () => {
    const { loader, names } = setUp();
    expect(await loader.load({ features: [feature('bootstrap')] }, 'bootstrap')).toBeDefined();
    expect(await loader.load({ features: [feature('backup')] }, 'backup')).toBeUndefined();
    expect(await loader.load({ features: [feature('upstream')] }, 'upstream')).toBeDefined();
    expect(await loader.load({ features: [feature('bootstrap')] }, 'bootstrap')).toBeUndefined();
    expect(names()).toEqual(['upstream']);
  });

  test('applies deltas, also to a whole document', async () => {
    const { loader, names } = setUp();
    await loader.load({ features: [feature('a'), feature('b')] }, 'upstream');
    await loader.load(
      { events: [{ type: 'feature-removed', featureName: 'a' }, { type: 'later-kind' }, null] },
      'upstream',
    );
    expect(names()).toEqual(['b']);
    await loader.load({ events: [{ type: 'feature-updated', feature: feature('c') }] }, 'upstream');
    expect(names()).toEqual(['b', 'c']);
    await loader.load({ events: [{ type: 'hydration', features: [feature('d')], segments: [] }] }, 'upstream');
    expect(names()).toEqual(['d']);
  });

  test('a large document is worked on in slices', async () => {
    const { loader, turns, names } = setUp();
    await loader.load({ features: Array.from({ length: 100 }, (_, i) => feature(`f-${i}`)) }, 'upstream');
    expect(turns()).toBeGreaterThan(50);
    expect(names()).toHaveLength(100);
  });

  test('documents that arrive together are worked on one after the other', async () => {
    const { loader, names } = setUp();
    await Promise.all([
      loader.load({ features: Array.from({ length: 50 }, (_, i) => feature(`f-${i}`)) }, 'upstream'),
      loader.load({ features: [feature('last')] }, 'upstream'),
    ]);
    expect(names()).toEqual(['last']);
  });
});
