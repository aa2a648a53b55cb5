import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Usage } from './usage.ts';

const limits = { toggles: 3, variantsPerToggle: 2, nameLength: 10 };

describe('Usage', () => {
  test('adds up per toggle and variant', () => {
    const usage = new Usage(limits, () => 7);
    usage.count('a', 1, 2);
    usage.count('a', 10, 20);
    usage.countVariant('a', 'one', 5);
    expect(usage.take()).toEqual({
      startMs: 7,
      toggles: new Map([['a', { yes: 11, no: 22, variants: new Map([['one', 5]]) }]]),
    });
    expect(usage.take()).toBeUndefined();
  });

  test('is bounded, and tells what found no room', () => {
    const usage = new Usage(limits, () => 0);
    for (const name of ['a', 'b', 'c', 'd', 'e']) usage.count(name, 2, 1);
    for (const variant of ['x', 'y', 'z']) usage.countVariant('a', variant, 4);
    expect(usage.size).toBe(3);
    expect(usage.dropped).toBe(10);
  });

  test('names are bounded too', () => {
    const usage = new Usage(limits, () => 0);
    usage.count('x'.repeat(11), 2, 1);
    usage.countVariant('a', 'y'.repeat(11), 4);
    expect(usage.dropped).toBe(7);
  });

  test('never leaves the range of exact integers', () => {
    const usage = new Usage(limits, () => 0);
    for (let i = 0; i < 3; i++) usage.count('a', Number.MAX_SAFE_INTEGER, 4_294_967_296);
    expect(usage.take()?.toggles.get('a')).toMatchObject({ yes: Number.MAX_SAFE_INTEGER, no: 12_884_901_888 });
  });

  test('nothing is lost between taking, counting on and putting back', () => {
    const step = fc.constantFrom('count', 'take', 'putBack');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const usage = new Usage({ toggles: 100, variantsPerToggle: 10, nameLength: 10 }, () => 0);
        const taken: NonNullable<ReturnType<Usage['take']>>[] = [];
        let counted = 0;
        for (const action of steps) {
          if (action === 'count') {
            usage.count('a', 1, 0);
            usage.countVariant('a', 'v', 1);
            counted++;
          } else if (action === 'take') {
            const bucket = usage.take();
            if (bucket) taken.push(bucket);
          } else {
            const bucket = taken.pop();
            if (bucket) usage.putBack(bucket);
          }
        }
        for (const bucket of taken) usage.putBack(bucket);
        const all = usage.take()?.toggles.get('a');
        expect(all?.yes ?? 0).toBe(counted);
        expect(all?.variants.get('v') ?? 0).toBe(counted);
      }),
    );
  });
});
