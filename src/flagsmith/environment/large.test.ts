/** Documents far beyond any real one: read and compiled in many small steps, and answered with bounded work. */
import { describe, expect, it } from 'vitest';
import { finish, type Steps } from '../../flags/steps.ts';
import { parseJson } from '../json/cursor.ts';
import { type LoadResult, loadEnvironment } from './served-environment.ts';

const flag = (id: number, more: object = {}) => ({
  feature: { id, name: `feature_${id}` },
  enabled: true,
  django_id: id + 1,
  feature_state_value: `value ${id}`,
  ...more,
});
const on = [flag(0, { feature_state_value: 'matched' })];
const condition = (operator: string, value: unknown, property_ = 't') => ({ operator, value, property_ });
const segment = (conditions: object[], type = 'ANY', feature_states: object[] = on) => ({
  id: 1,
  name: 'large',
  rules: [{ type: 'ALL', rules: [{ type, conditions }] }],
  feature_states,
});

interface Parts {
  readonly features?: object[];
  readonly segments?: object[];
  readonly identities?: object[];
}

function documentOf({ features = [flag(0)], segments = [], identities = [] }: Parts): string {
  return JSON.stringify({
    api_key: 'k',
    name: 'n',
    project: { segments },
    feature_states: features,
    identity_overrides: identities,
  });
}

const times = <Item>(count: number, make: (i: number) => Item): Item[] =>
  Array.from({ length: count }, (_, i) => make(i));

const decoded = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function load(text: string): LoadResult & { readonly steps: number } {
  const work: Steps<LoadResult> = loadEnvironment([text], { mode: 'proxy', details: false });
  for (let steps = 1; ; steps++) {
    const step = work.next();
    if (step.done) return { ...step.value, steps };
  }
}

function valueFor(result: LoadResult, trait: string, identifier = 'someone'): unknown {
  const { environment } = result;
  if (environment === null) throw new Error(result.issues.map(({ message }) => message).join());
  const [first] = JSON.parse(
    decoded(environment.identityFlags('client', environment.identity(identifier, [['t', trait]]))),
  );
  return first.feature_state_value;
}

describe('a large document', () => {
  const names = times(100_000, (i) => `user-${i}`);
  it.each([
    ['as text', names.join(',')],
    ['as JSON text', JSON.stringify(names)],
    ['as a list', names],
  ])('with 100,000 names for IN, %s, is compiled in many steps', (_, value) => {
    const result = load(documentOf({ segments: [segment([condition('IN', value)])] }));
    expect(result.steps).toBeGreaterThan(50);
    expect([valueFor(result, 'user-99999'), valueFor(result, 'user-100000')]).toEqual(['matched', 'value 0']);
  });

  it.each<[string, Parts]>([
    ['conditions', { segments: [segment(times(20_000, (i) => condition('EQUAL', `v${i}`)))] }],
    ['rules', { segments: [{ ...segment([]), rules: times(20_000, () => ({ type: 'ALL', conditions: [] })) }] }],
    ['features', { features: times(20_000, (i) => flag(i)) }],
    [
      'overrides',
      {
        features: times(5_000, (i) => flag(i)),
        segments: [
          segment(
            [],
            'ALL',
            times(5_000, (i) => flag(i)),
          ),
        ],
      },
    ],
    ['identities', { identities: times(5_000, (i) => ({ identifier: `u${i}`, identity_features: on })) }],
    [
      'features of one identity',
      {
        features: times(9_000, (i) => flag(i)),
        identities: [{ identifier: 'u', identity_features: times(9_000, (i) => flag(i)) }],
      },
    ],
    ['patterns', { segments: [segment(times(1_000, (i) => condition('REGEX', `^x${i}$`)))] }],
    ['text', { features: [flag(0, { feature_state_value: 'x'.repeat(4_000_000) })] }],
    ['escapes', { features: [flag(0, { feature_state_value: '\n'.repeat(2_000_000) })] }],
  ])('with very many %s, too', (_, parts) => {
    const { environment, steps, issues } = load(documentOf(parts));
    expect(environment).not.toBeNull();
    expect(issues).toEqual([]);
    expect(steps).toBeGreaterThan(50);
  });

  it.each([200_000, 199_999, 49_999])('keeps every character of %i repeats that are worked on in steps', (count) => {
    const value = times(count, (i) => ['a', '\n', '"', '\\', 'é', '😀', '\u2028', '\ud800'][i % 8]).join('');
    const { environment } = load(documentOf({ features: [flag(0, { feature_state_value: value })] }));
    expect(parseJson(decoded(environment?.flag('client', 'feature_0')))).toEqual(
      parseJson(
        JSON.stringify({
          feature: { id: 0, name: 'feature_0', type: 'STANDARD' },
          enabled: true,
          feature_state_value: value,
        }),
      ),
    );
  });
});

describe('texts of megabytes for identities', () => {
  const text = '\n"'.repeat(500_000);
  const long = [flag(0, { feature_state_value: text })];
  it('are written in steps before anybody asks, and each identity has its own', () => {
    const identities = ['u', 'v'].map((identifier) => ({ identifier, identity_features: long }));
    const { environment } = load(documentOf({ identities }));
    const lists = [...environment!.compiled.identityOverrides.ready()];
    expect(lists.map(([override]) => override?.state.plain.rendered !== null)).toEqual([true, true]);
    expect(['u', 'v', 'w'].map((name) => valueFor({ environment, issues: [] }, 'x', name))).toEqual([
      text,
      text,
      'value 0',
    ]);
  });

  it('are written ahead where a split leads to them', () => {
    const variants = [{ multivariate_feature_option: { value: text }, percentage_allocation: 100, id: 1 }];
    const { environment } = load(documentOf({ features: [flag(0, { multivariate_feature_state_values: variants })] }));
    const split = environment!.compiled.features[0]?.state.split;
    expect(split?.outcomes[0]?.rendered).not.toBeNull();
    expect(valueFor({ environment, issues: [] }, 'x')).toBe(text);
  });
});

describe('what is too large for any use', () => {
  const long = 'x'.repeat(1_000_000);
  it.each([
    ['EQUAL', long, 'condition.size'],
    ['CONTAINS', times(200_000, () => 1), 'condition.size'],
    ['MODULO', `${'1'.repeat(200_000)}|1`, 'condition.size'],
    ['PERCENTAGE_SPLIT', '1'.repeat(200_000), 'condition.size'],
    ['REGEX', long, 'condition.size'],
    ['REGEX', 'x'.repeat(50_000), 'regex.unsupported'],
    ['REGEX', '(?=a)'.repeat(100), 'regex.unsupported'],
    [long, 'x', 'operator.unknown'],
  ])('as a condition never holds and is reported briefly: %.20s %.20s', (operator, value, code) => {
    const result = load(documentOf({ segments: [segment([condition(operator, value)])] }));
    expect(result.issues.map((issue) => issue.code)).toEqual([code]);
    expect(JSON.stringify(result.issues).length).toBeLessThan(1_000);
    expect(valueFor(result, 'x')).toBe('value 0');
  });

  it('as a number of variants or of features of an identity is left out and reported', () => {
    const variant = { multivariate_feature_option: { value: 1 }, percentage_allocation: 0, id: 1 };
    const variants = flag(1, { multivariate_feature_state_values: times(2_000, () => variant) });
    const identity = { identifier: 'u', identity_features: times(20_000, () => flag(0)) };
    const result = load(documentOf({ features: [flag(0), variants], identities: [identity] }));
    expect(result.issues.map(({ code }) => code)).toEqual(['feature.invalid', 'identity.invalid']);
    expect(valueFor(result, 'x', 'u')).toBe('value 0');
  });

  it('as a number of complaints is cut', () => {
    const result = load(documentOf({ segments: [segment(times(5_000, () => condition('NOPE', 'x')))] }));
    expect(result.issues).toHaveLength(1_000);
  });
});

describe('work for one request', () => {
  const slow = '(?:[ab]{1,40}|b{1,40}|[ac]{1,40})*z';
  const text = 'ab'.repeat(1_000);

  it('ends when many patterns look at a long text, and begins anew with the next request', () => {
    const conditions = times(60, (i) => condition('REGEX', `${slow}${i}`));
    const result = load(documentOf({ segments: [segment([...conditions, condition('EQUAL', text)])] }));
    // the last condition holds, and is never reached
    expect(valueFor(result, text)).toBe('value 0');
    const short = load(documentOf({ segments: [segment([...conditions, condition('EQUAL', 'ab')])] }));
    expect(valueFor(short, 'ab')).toBe('matched');
    expect(valueFor(short, 'ab')).toBe('matched');
  });

  it.each([
    ['splits by a long text', condition('PERCENTAGE_SPLIT', '0.0001', '$.identity.identifier')],
    ['searches', condition('CONTAINS', `${'ab'.repeat(400)}c`)],
    ['paths over everything', condition('EQUAL', 'nothing', '$..nothing')],
    ['comparisons', condition('EQUAL', 'nothing')],
  ])('ends with very many %s', (_, one) => {
    const conditions = times(110_000, () => one);
    const result = load(documentOf({ segments: [segment([...conditions, condition('EQUAL', text)])] }));
    expect(valueFor(result, text, 'i'.repeat(9_999))).toBe('value 0');
  });

  it('is enough for what real documents hold', () => {
    const pattern = '^[\\w.+-]{1,64}@(?:mail\\.)?example\\.(?:com|org)$';
    const conditions = times(300, (i) =>
      condition(i % 2 === 0 ? 'REGEX' : 'EQUAL', i % 2 === 0 ? `${pattern}|${i}` : `${i}`),
    );
    const result = load(documentOf({ segments: [segment([...conditions, condition('CONTAINS', 'nowhere')])] }));
    expect(valueFor(result, 'somebody.with.a.name@nowhere.example.com')).toBe('matched');
  });

  it('also bounds hashing by very long identifiers', () => {
    const variants = [{ multivariate_feature_option: { value: 'split' }, percentage_allocation: 100, id: 1 }];
    const features = times(3_000, (i) => flag(i, { multivariate_feature_state_values: variants }));
    const { environment } = load(documentOf({ features }));
    const list = (identifier: string) =>
      JSON.parse(decoded(environment!.identityFlags('client', environment!.identity(identifier, [])))).map(
        (item: { feature_state_value: string }) => item.feature_state_value,
      );
    expect(new Set(list('bob'))).toEqual(new Set(['split']));
    expect(list('b'.repeat(9_999)).at(-1)).toBe('value 2999');
  });
});

it('membership in steps gives what it gives at once', () => {
  const text = documentOf({ segments: [segment([condition('IN', '[not json, 1')])] });
  const at = finish(loadEnvironment([text], { mode: 'proxy', details: false }));
  expect([valueFor(at, '[not json'), valueFor(at, ' 1'), valueFor(at, '1')]).toEqual(['matched', 'matched', 'value 0']);
});
