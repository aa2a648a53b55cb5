import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { list, member, vectors } from '../../../test/flagsmith/vectors.ts';
import { finish, runInSlices } from '../../flags/steps.ts';
import { parseJson } from '../json/cursor.ts';
import { decodeText } from './decode-text.ts';
import { parseDocument } from './parse.ts';
import { ifModifiedSince, updatedAtSeconds } from './updated-at.ts';

const parse = (...pages: string[]) => finish(parseDocument(pages));
const state = (fields: string) => `{"feature":{"id":1,"name":"f"},"enabled":true,"feature_state_value":1${fields}}`;
const minimal = (states: string, rest = '') =>
  `{"api_key":"c","feature_states":[${states}],"project":{"segments":[]}${rest}}`;

describe('environment documents', () => {
  it('are read with everything evaluation needs', () => {
    const { document, issues } = parse(e2eDocument());
    expect(issues).toEqual([]);
    expect(document).toMatchObject({ apiKey: 'client1', name: 'Production', hideDisabledFlags: null });
    expect(document?.features.map(({ name }) => name)).toHaveLength(10);
    expect(document?.segments.map(({ key, name }) => [key, name])).toEqual([
      ['11', 'vips'],
      ['12', 'no_trait'],
      ['13', 'envname'],
    ]);
    expect(document?.identityOverrides).toHaveLength(5);
    expect(document?.project.serverKeyOnlyFeatureIds).toEqual(new Set([5]));
    expect(document?.featureTypes.get(7)).toBe('MULTIVARIATE');
    expect(document?.features[6]?.variants[1]).toEqual({
      value: 'B',
      weight: 30.5,
      weightText: '30.5',
      priority: 72,
      key: null,
    });
  });

  it('may lack everything that has a default', () => {
    const { document, issues } = parse(minimal(state('')));
    expect(issues).toEqual([]);
    expect(document).toMatchObject({ name: null, updatedAt: null, segments: [], identityOverrides: [] });
    expect(document?.features[0]).toMatchObject({ key: 'None', priority: Number.POSITIVE_INFINITY, variants: [] });
  });

  it.each([
    '',
    '[]',
    'null',
    '{}',
    '"x"',
    '{"key1":"v"}',
    '{"feature_states":[{}]}',
    '{"api_key":"c"}',
    minimal('').slice(0, -1),
    '<html>',
  ])('are refused whole when they are %j', (text) => {
    const { document, issues } = parse(text);
    expect(document).toBe(null);
    expect(issues.at(-1)?.code).toBe('document.invalid');
  });

  it('lose only the features, segments and identities that cannot be understood', () => {
    const broken = [
      '1',
      '{}',
      '{"feature":{"id":"1","name":"a"},"enabled":true,"feature_state_value":1}',
      '{"feature":{"id":1},"enabled":true,"feature_state_value":1}',
      '{"feature":{"id":1,"name":"a"},"enabled":"yes","feature_state_value":1}',
      '{"feature":{"id":1,"name":"a"},"enabled":true}',
      state(',"feature_segment":{"priority":null}'),
      state(',"multivariate_feature_state_values":[{}]'),
    ];
    const segments = [
      '{"id":1,"name":"ok","rules":[],"feature_states":[{}]}',
      '{"id":1,"name":"no rules"}',
      '{"id":1,"name":"null rules","rules":[{"type":"ALL","rules":null}]}',
      '{"id":1,"name":"bad","rules":[{"type":"ALL","conditions":[{"operator":"EQUAL"}]}]}',
    ];
    const identities = [
      '{}',
      '{"identifier":"a","identity_features":[{}]}',
      '{"identifier":"b","identity_features":[]}',
    ];
    const text = `{"api_key":"c","project":{"segments":[${segments}]},"identity_overrides":[${identities}],"feature_states":[${broken},${state(',"django_id":0,"featurestate_uuid":"u"')}]}`;
    const { document, issues } = parse(text);
    expect(document?.features.map(({ name, key }) => [name, key])).toEqual([['f', 'u']]);
    expect(document?.segments.map(({ name }) => name)).toEqual(['ok']);
    expect(document?.identityOverrides).toEqual([]);
    const count = (code: string) => issues.filter((issue) => issue.code === code).length;
    expect([count('feature.invalid'), count('segment.invalid'), count('identity.invalid')]).toEqual([10, 3, 1]);
    expect(issues.find(({ code }) => code === 'segment.invalid')).toEqual({
      code: 'segment.invalid',
      where: 'project.segments[1].rules',
      message: 'project.segments[1].rules must be a list but is missing',
    });
  });

  it('of features named twice keep the last state at the first position', () => {
    const two = `{"feature":{"id":2,"name":"g"},"enabled":true,"feature_state_value":2}`;
    const { document } = parse(minimal(`${state('')},${two},${state(',"django_id":9')}`));
    expect(document?.features.map(({ name, key }) => `${name} ${key}`)).toEqual(['f 9', 'g None']);
  });

  it('of segments with the same id keep the last at the first position', () => {
    const segment = (id: number, name: string) => `{"id":${id},"name":"${name}","rules":[]}`;
    const segments = [segment(5, 'a'), segment(4, 'b'), segment(5, 'c')];
    const text = `{"api_key":"c","feature_states":[],"project":{"segments":[${segments}]}}`;
    expect(parse(text).document?.segments.map(({ name }) => name)).toEqual(['c', 'b']);
  });

  it('keep keys that would harm plain objects', () => {
    const proto = state('').replace('"f"', '"__proto__"');
    expect(parse(minimal(proto)).document?.features[0]?.name).toBe('__proto__');
  });
});

describe('pages', () => {
  const override = (name: string) =>
    `{"identifier":"${name}","identity_features":[${state(`,"feature_state_value":"of ${name}"`)}]}`;
  const page = (names: string[]) => minimal(state(''), `,"identity_overrides": [ ${names.map(override)}] ,"z":1.0`);

  it.each([
    [['a'], ['b', 'c'], ['d']],
    [[], ['b'], []],
    [['a'], [], ['c']],
  ])('%j %j %j are joined, in evaluation and in the text', (...pages) => {
    const { document } = parse(...pages.map(page));
    const names = pages.flat();
    expect(document?.identityOverrides.map(({ identifier }) => identifier)).toEqual(names);
    expect(document?.identityOverrides.map(({ features }) => features[0]?.value)).toEqual(
      names.map((name) => `of ${name}`),
    );
    const text = parseJson(document?.text ?? '');
    expect(list(member(text, 'identity_overrides')).map((item) => member(item, 'identifier'))).toEqual(names);
    expect(document?.text).toContain('"z":1.0');
  });

  it('may begin with one that has no overrides', () => {
    const { document } = parse(`${minimal(state(''))} `, page(['b']));
    expect(document?.identityOverrides.map(({ features }) => features[0]?.value)).toEqual(['of b']);
    expect(list(member(parseJson(document?.text ?? ''), 'identity_overrides'))).toHaveLength(1);
  });

  it('are refused together when one is broken', () => {
    expect(parse(page(['a']), '{').document).toBe(null);
  });
});

describe('slices', () => {
  it('cut text anywhere, even within a character', () => {
    const text = `x${'é☃😀'.repeat(300_000)}`;
    expect(finish(decodeText(new TextEncoder().encode(text))) === text).toBe(true);
    expect(finish(decodeText(new Uint8Array()))).toBe('');
    for (const bytes of [[0x80], [0x61, 0xe2, 0x98]]) {
      expect(() => finish(decodeText(new Uint8Array(bytes)))).toThrow('not UTF-8');
    }
  });

  it('let others in whenever their time is up', async () => {
    let clock = 0;
    let pauses = 0;
    const timing = { elapsedMs: () => clock++, yieldNow: async () => void pauses++ };
    const result = await runInSlices(parseDocument([e2eDocument()]), timing);
    expect(result.document).not.toBe(null);
    expect(pauses).toBeGreaterThan(2);
  });
});

describe('updated_at', () => {
  it.each(vectors.cases('if_modified_since').map((row) => list(row) as [string | null, string | null]))(
    '%j is asked for as %j',
    (updatedAt, header) => {
      expect(ifModifiedSince(updatedAt)).toBe(header);
    },
  );

  it('is known to the microsecond', () => {
    expect(updatedAtSeconds('2024-05-06T07:08:09.123456+00:00')).toBe(1714979289.123456);
    expect(updatedAtSeconds('2024-05-06T07:08+0200')).toBe(1714972080);
    expect(updatedAtSeconds('2024-05-06T07:08:09')).toBe(Date.parse('2024-05-06T07:08:09') / 1000);
    expect(updatedAtSeconds('2024-13-06T07:08:09Z')).toBe(null);
  });
});
