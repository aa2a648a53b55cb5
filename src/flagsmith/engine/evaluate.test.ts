import { describe, expect, it } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { Float, type Json } from '../json/value.ts';
import { compileEnvironment } from './compile.ts';
import { createIdentity, type EvaluationContext, type FeatureContext, type SegmentContext } from './context.ts';
import { Evaluation } from './evaluate.ts';
import type { EvaluationMode } from './identity-overrides.ts';

const state = (name: string, value: Json, fields: Partial<FeatureContext> = {}): FeatureContext => ({
  key: '1',
  name,
  id: 1,
  enabled: true,
  value,
  variants: [],
  priority: Number.POSITIVE_INFINITY,
  ...fields,
});

// a segment for everyone, with or without an identity
const everyone = (key: string, overrides: readonly FeatureContext[]): SegmentContext => ({
  key,
  name: `s${key}`,
  rules: [{ type: 'ALL', conditions: [], rules: [] }],
  overrides,
});

function values(context: Partial<EvaluationContext>, identifier: string | null, mode: EvaluationMode = 'proxy') {
  const full = {
    environment: { key: 'e', name: null },
    features: [state('a', 'own'), state('b', 'own')],
    segments: [],
    identityOverrides: [],
    ...context,
  };
  const environment = finish(compileEnvironment(full, mode, () => {}));
  const evaluation = new Evaluation(environment);
  evaluation.run(identifier === null ? null : createIdentity('e', identifier, []));
  return environment.features.map((_, index) => evaluation.outcome(index).value);
}

const override = (identifier: string, ...features: FeatureContext[]) => ({ identifier, features });

describe('segment overrides', () => {
  it.each([
    ['the lowest priority wins', [2, 1, 3], '1'],
    ['of equal priorities the first', [1, 1], '0'],
    ['any priority beats none', [Number.POSITIVE_INFINITY, 5], '1'],
    ['without priorities the first', [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], '0'],
  ])('%s', (_, priorities, winner) => {
    const segments = priorities.map((priority, i) => everyone(String(i), [state('a', String(i), { priority })]));
    expect(values({ segments }, null)).toEqual([winner, 'own']);
  });

  it('of features that do not exist are ignored', () => {
    expect(values({ segments: [everyone('1', [state('nope', 'x')])] }, 'u')).toEqual(['own', 'own']);
  });

  it('do not outlive the request they applied to', () => {
    const only = (key: string): SegmentContext => ({
      ...everyone(key, [state('a', 'seg')]),
      rules: [
        { type: 'ALL', rules: [], conditions: [{ property: '$.identity.identifier', operator: 'EQUAL', value: 'u' }] },
      ],
    });
    const context = {
      environment: { key: 'e', name: null },
      features: [state('a', 'own')],
      segments: [only('1')],
      identityOverrides: [],
    };
    const evaluation = new Evaluation(finish(compileEnvironment(context, 'proxy', () => {})));
    const valueFor = (identifier: string) => {
      evaluation.run(createIdentity('e', identifier, []));
      return [evaluation.outcome(0).value, evaluation.overridden];
    };
    expect([valueFor('u'), valueFor('v'), valueFor('u')]).toEqual([
      ['seg', true],
      ['own', false],
      ['seg', true],
    ]);
  });
});

describe('identity overrides', () => {
  it('beat every segment', () => {
    const segments = [everyone('1', [state('a', 'seg', { priority: -1e9 }), state('b', 'seg')])];
    const identityOverrides = [override('u', state('a', 'mine'))];
    expect(values({ segments, identityOverrides }, 'u')).toEqual(['mine', 'seg']);
    expect(values({ segments, identityOverrides }, 'v')).toEqual(['seg', 'seg']);
    expect(values({ segments, identityOverrides }, null)).toEqual(['seg', 'seg']);
  });

  it('of an identity named twice count once per feature, the first', () => {
    const identityOverrides = [override('u', state('a', 1)), override('u', state('a', 2), state('b', 2))];
    expect(values({ identityOverrides }, 'u')).toEqual([1, 2]);
  });

  it.each<[string, string, Json, Json]>([
    ['7', '007', 'mine', 'own'],
    ['007', '007', 'own', 'mine'],
    ['1.5', '1.5', 'own', 'mine'],
    ['a,b', 'a,b', 'mine', 'mine'],
  ])('for %s are seen by %s as in the chosen mode', (identifier, asked, proxy, core) => {
    const identityOverrides = [override(identifier, state('a', 'mine'))];
    expect(values({ identityOverrides }, asked, 'proxy')[0]).toBe(proxy);
    expect(values({ identityOverrides }, asked, 'core')[0]).toBe(core);
  });

  it('that Python holds for equal are one, the first', () => {
    const identityOverrides = [
      override('u', state('a', 1)),
      override('v', state('a', true)),
      override('w', state('a', new Float(1))),
      override('x', state('a', '1')),
    ];
    const seen = (mode: EvaluationMode) =>
      ['u', 'v', 'w', 'x'].map((name) => values({ identityOverrides }, name, mode)[0]);
    expect(seen('proxy')).toEqual([1, 1, 1, '1']);
    expect(seen('core')).toEqual([1, true, new Float(1), '1']);
  });

  it('follow a trait that is named like the identifier', () => {
    const context = {
      environment: { key: 'e', name: null },
      features: [state('a', 'own')],
      segments: [],
      identityOverrides: [override('u', state('a', 'mine'))],
    };
    const evaluation = new Evaluation(finish(compileEnvironment(context, 'proxy', () => {})));
    evaluation.run(createIdentity('e', 'other', [['$.identity.identifier', 'u']]));
    expect(evaluation.outcome(0).value).toBe('mine');
    evaluation.run(createIdentity('e', 'u', [['$.identity.identifier', true]]));
    expect(evaluation.outcome(0).value).toBe('own');
  });
});
