import { describe, expect, it } from 'vitest';
import { list, vectors } from '../../../test/flagsmith/vectors.ts';
import { encodeJson } from '../json/encode.ts';
import { pythonText } from '../json/python-text.ts';
import { Float, type Json } from '../json/value.ts';
import type { FeatureContext } from './context.ts';
import { compileState, resolve } from './outcome.ts';

const feature: FeatureContext = {
  key: '1',
  name: 'mv',
  id: 1,
  enabled: true,
  value: 'control',
  variants: [],
  priority: Number.POSITIVE_INFINITY,
};

function variant(row: Json) {
  const [priority, value, weight] = list(row);
  const amount = weight instanceof Float ? weight.value : Number(weight);
  return { value: value!, weight: amount, weightText: pythonText(weight!), priority: priority as number, key: null };
}

describe('multivariate features', () => {
  const rows = vectors.cases('multivariate').map((row) => [encodeJson(row), list(row)] as const);
  it.each(rows)('%s', (_, row) => {
    const [key, identityKey, variants, value, reason, expected] = row;
    const state = compileState({ ...feature, key: key as string, variants: list(variants).map(variant) }, 'DEFAULT');
    const outcome = resolve(state, identityKey as string);
    expect([outcome.value, outcome.reason, outcome.variant]).toEqual([value, reason, expected]);
  });

  it('give the control value without an identity, and walk UUID priorities', () => {
    const uuid = { value: 'late', weight: 100, weightText: '100', priority: 2n ** 100n, key: null };
    const first = { value: 'early', weight: 100, weightText: '100', priority: 7, key: 'k' };
    const state = compileState({ ...feature, variants: [uuid, first] }, 'DEFAULT');
    expect(resolve(state, null)).toMatchObject({ value: 'control', variant: null, reason: 'DEFAULT' });
    expect(resolve(state, 'anyone')).toMatchObject({ value: 'early', variant: 'k', reason: 'SPLIT; weight=100' });
  });
});
