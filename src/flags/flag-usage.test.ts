import { describe, expect, it } from 'vitest';
import { FlagUsage } from './flag-usage.ts';

const flags: Readonly<Record<string, readonly string[]>> = { dev: ['a', 'b', 'c', 'other'], prod: ['a'] };

function usage(limit: number): {
  readonly usage: FlagUsage;
  readonly seen: () => string[];
  readonly variants: () => string[];
} {
  const counted = new FlagUsage(limit, (environment, flag) => flags[environment]?.includes(flag));
  const shown = (series: ReturnType<FlagUsage['outcomeSeries']>) =>
    [...series].map(({ environment, flag, label, count }) => `${environment} ${flag} ${label} ${count}`);
  return {
    usage: counted,
    seen: () => shown(counted.outcomeSeries()),
    variants: () => shown(counted.variantSeries()),
  };
}

describe('usage by flag', () => {
  it('adds up by environment, flag and outcome', () => {
    const { usage: counted, seen } = usage(10);
    counted.count('dev', 'a', 'on', 2);
    counted.count('dev', 'a', 'on', 3);
    counted.count('dev', 'a', 'off', 1);
    counted.count('prod', 'a', 'unknown', 7);
    counted.count('prod', 'a', 'off', 0);
    expect(seen()).toEqual(['dev a on 5', 'dev a off 1', 'prod a unknown 7']);
    expect(counted.flags).toEqual({ used: 2, limit: 10 });
  });

  it('has no more series than its bound allows: what is past it is counted as other', () => {
    const { usage: counted, seen } = usage(2);
    for (const flag of ['a', 'b', 'c', 'c', 'a']) counted.count('dev', flag, 'on', 1);
    counted.count('prod', 'a', 'on', 1);
    expect(seen()).toEqual(['dev a on 2', 'dev b on 1', 'dev other on 2', 'prod other on 1']);
    expect(counted.flags).toEqual({ used: 2, limit: 2 });
  });

  it('names that clients make up take no place', () => {
    const { usage: counted, seen } = usage(2);
    for (let i = 0; i < 1_000; i++) counted.count('dev', `made-up-${i}`, 'on', 1);
    for (let i = 0; i < 1_000; i++) counted.count(`nowhere-${i}`, 'a', 'on', 1);
    counted.count('dev', 'b', 'on', 1);
    expect(seen()).toEqual(['dev other on 1000', 'dev b on 1', 'undefined other on 1000']);
    expect(counted.flags.used).toBe(1);
  });

  it('variants have a bound of their own, and none under other flags', () => {
    const { usage: counted, variants } = usage(2);
    for (const variant of ['x', 'y', 'z', 'w', 'x']) counted.countVariant('dev', 'a', variant, 1);
    counted.countVariant('dev', 'made-up', 'x', 4);
    expect(variants()).toEqual(['dev a x 2', 'dev a y 1', 'dev a other 2', 'dev other other 4']);
    expect(counted.variants).toEqual({ used: 2, limit: 2 });
  });

  it('0 tells no flag apart, and a flag of that name is just one of the others', () => {
    const { usage: counted, seen } = usage(0);
    counted.count('dev', 'a', 'on', 1);
    expect(seen()).toEqual(['dev other on 1']);
    const { usage: named, seen: seenNamed } = usage(5);
    named.count('dev', 'other', 'on', 1);
    named.count('dev', 'made-up', 'on', 1);
    expect(seenNamed()).toEqual(['dev other on 2']);
    expect(named.flags.used).toBe(0);
  });
});
