import { describe, expect, it } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { loadEnvironment } from '../environment/served-environment.ts';
import { parseDocument } from './parse.ts';

const flag = (i: number, value: unknown, more: object = {}) => ({
  feature: { id: i, name: `feature_${i}` },
  enabled: true,
  feature_state_value: value,
  django_id: i,
  ...more,
});
const met = (value: string) => [
  { type: 'ALL', rules: [], conditions: [{ property_: 'plan', operator: 'EQUAL', value }] },
];
const segment = (id: number, states: readonly object[]) => ({
  id,
  name: `segment ${id}`,
  rules: met(`plan ${id}`),
  feature_states: states,
});
const identity = (identifier: string, features: readonly unknown[]) => ({ identifier, identity_features: features });

interface Parts {
  readonly segments?: readonly object[];
  readonly identities?: readonly object[];
}

const textOf = ({ segments = [], identities = [] }: Parts) =>
  JSON.stringify({
    api_key: 'client',
    project: { hide_disabled_flags: false, segments },
    feature_states: [flag(1, 'one'), flag(2, 'two'), flag(3, 3)],
    identity_overrides: identities,
  });

/** The same document, whose lists are too long to be read again. */
const held = (text: string) =>
  text.replaceAll(/"(?:identity_features|feature_states)":\[/g, (list) => `${list}${' '.repeat(101_000)}`);

function parsed(text: string) {
  const { document, issues } = finish(parseDocument([text]));
  return { identities: document!.identityOverrides, segments: document!.segments, issues };
}

describe('feature states of a document', () => {
  const text = textOf({
    segments: [segment(1, [flag(1, 'a'), flag(2, 'b')]), segment(2, [])],
    identities: [identity('u', [flag(1, 'c')])],
  });

  it('are read when they are asked for, where they are small', () => {
    const { segments, identities } = parsed(text);
    expect([segments[0]?.deferred, segments[1]?.deferred]).toEqual([expect.any(Number), undefined]);
    expect(segments[0]?.overrides.map(({ name, value }) => `${name} ${value}`)).toEqual(['feature_1 a', 'feature_2 b']);
    expect(identities[0]?.deferred).toBe(JSON.stringify([flag(1, 'c')]).length);
    expect(identities[0]?.features).not.toBe(identities[0]?.features);
    expect(identities[0]?.features).toEqual(parsed(held(text)).identities[0]?.features);
  });

  it('are held where they are large, or many', () => {
    const { segments, identities } = parsed(held(text));
    expect([segments[0]?.deferred, identities[0]?.deferred]).toEqual([undefined, undefined]);
    const states = [flag(1, 'x'.repeat(90_000))];
    const many = parsed(textOf({ segments: Array.from({ length: 50 }, (_, i) => segment(i, states)) }));
    expect(many.segments.filter(({ deferred }) => deferred !== undefined)).toHaveLength(44);
    expect(many.segments.every(({ overrides }) => overrides.length === 1)).toBe(true);
  });

  it('are checked when the document is read, and what is broken is told once', () => {
    const broken = textOf({
      segments: [segment(1, [{ no: 'feature' }, flag(2, 'b')])],
      identities: [identity('u', [1, flag(1, 'c')])],
    });
    const { segments, identities, issues } = parsed(broken);
    expect(issues.map(({ where }) => where)).toEqual([
      'project.segments[0].feature_states[0].feature',
      'identity_overrides[0].identity_features[0]',
    ]);
    expect(segments[0]?.overrides.map(({ name }) => name)).toEqual(['feature_2']);
    expect(identities[0]?.features.map(({ name }) => name)).toEqual(['feature_1']);
    expect(issues).toHaveLength(2);
  });

  it('count in the last of members with one name', () => {
    const twice = text.replace(
      '"identity_features":',
      '"identity_features":[],"x":{"identity_features":7},"identity_features":',
    );
    expect(parsed(twice).identities[0]?.features.map(({ value }) => value)).toEqual(['c']);
    const emptied = text.replace('"django_id":1}]}]', '"django_id":1}],"identity_features":[]}]');
    expect(parsed(emptied).identities).toEqual([]);
  });
});

describe('answers', () => {
  const shares = [{ id: 1, percentage_allocation: 50, multivariate_feature_option: { value: 'share', key: 'k' } }];
  const text = textOf({
    segments: [
      segment(1, [flag(1, 'from 1', { feature_segment: { priority: 2 } }), flag(3, 'x')]),
      segment(2, [flag(1, 'from 2', { feature_segment: { priority: 1 }, multivariate_feature_state_values: shares })]),
      segment(3, [flag(9, 'not there')]),
    ],
    identities: [
      identity('twice', [flag(2, 'first')]),
      identity('twice', [flag(2, 'second'), flag(3, 'more')]),
      identity('same', [flag(1, true)]),
      identity('as', [flag(1, 1)]),
      identity('unknown', [flag(9, 'not there')]),
      identity('shares', [flag(1, 'all', { multivariate_feature_state_values: shares })]),
      ...Array.from({ length: 20 }, (_, i) => identity(`own ${i}`, [flag(2, 'é"'.repeat(i)), flag(1, i)])),
    ],
  });

  it.each(['proxy', 'core'] as const)('are those of states that are held: %s', (mode) => {
    const load = (of: string) => finish(loadEnvironment([of], { mode, details: true })).environment!;
    const [deferred, ready] = [load(text), load(held(text))];
    expect([...ready.compiled.identityOverrides.ready()].length).toBeGreaterThan(20);
    expect([...deferred.compiled.identityOverrides.ready()].length).toBeLessThan(3);
    expect(deferred.compiled.identityOverrides.size).toBe(ready.compiled.identityOverrides.size);
    const facts = ({ compiled }: typeof ready) =>
      compiled.features.map(({ overridable, valued }) => ({ overridable, valued }));
    expect(facts(deferred)).toEqual(facts(ready));
    const names = [
      'nobody',
      'twice',
      'same',
      'as',
      'unknown',
      'shares',
      ...Array.from({ length: 20 }, (_, i) => `own ${i}`),
    ];
    for (const name of [...names, ...names]) {
      for (const plan of ['none', 'plan 1', 'plan 2', 'plan 3']) {
        const answer = (of: typeof ready) =>
          Buffer.from(of.identityFlags('server', of.identity(name, [['plan', plan]]))).toString();
        expect(answer(deferred)).toBe(answer(ready));
      }
    }
  });
});
