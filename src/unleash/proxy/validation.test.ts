import { describe, expect, test } from 'vitest';
import { validateContextQuery, validateLookup, validateMetrics, validateRegistration } from './validation.ts';

const metrics = (toggles: unknown, bucket: object = {}) => ({
  appName: 'a',
  instanceId: 'i',
  bucket: { start: '2026-01-01T00:00:00Z', stop: '2026-01-01T00:01:00Z', toggles, ...bucket },
});
const parse = (text: string): unknown => JSON.parse(text);

describe('metrics', () => {
  test.each<[string, unknown]>([
    ['numbers', { a: { yes: 1, no: 0, variants: { x: 3 } } }],
    ['texts, booleans and null', { a: { yes: '3', no: true, variants: { x: null } } }],
    ['nothing', {}],
    ['names of inherited members', { toString: { yes: 1 }, constructor: { yes: 1, variants: { valueOf: 1 } } }],
    ['a name that is special', parse('{"__proto__":{"yes":1}}')],
  ])('%s are accepted', (_name, toggles) => {
    expect(validateMetrics({ body: metrics(toggles) })).toBeUndefined();
    expect(({} as { yes?: unknown }).yes).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['negative', { a: { yes: -1 } }],
    ['fractional', { a: { yes: 1.5 } }],
    ['infinite', { a: { yes: parse('1e999') } }],
    ['infinite text', { a: { yes: 'Infinity' } }],
    ['infinite exponent text', { a: { yes: '1e999' } }],
    ['no number', { a: { yes: 'many' } }],
    ['no object', { a: 1 }],
    ['no toggles', []],
  ])('%s counts are refused', (_name, toggles) => {
    expect(validateMetrics({ body: metrics(toggles) })).toHaveLength(1);
  });

  test.each([
    ['2026-01-01T00:00:00', true],
    ['2026-01-01 00:00:00Z', true],
    ['2026-01-01T23:59:60Z', true],
    ['2026-01-01T12:00:60Z', false],
    ['2026-01-01', false],
    ['2026-02-30T00:00:00Z', false],
    [1_700_000_000_000, false],
  ])('start %s: %s', (start, accepted) => {
    expect(validateMetrics({ body: metrics({}, { start }) }) === undefined).toBe(accepted);
  });
});

test('registration', () => {
  const body = { appName: 'a', interval: '30', started: '1700000000000', strategies: ['default'] };
  expect(validateRegistration({ body })).toBeUndefined();
  expect(body.interval).toBe(30);
  expect(validateRegistration({ body: { ...body, started: 'x' } })).toHaveLength(3);
  expect(validateRegistration({ body: {} })).toEqual([
    {
      instancePath: '/body',
      schemaPath: '#/components/schemas/registerClientSchema/required',
      keyword: 'required',
      params: { missingProperty: 'appName' },
      message: "must have required property 'appName'",
    },
  ]);
});

test('lookups are converted in place', () => {
  const body = { context: { userId: 1, properties: { a: 24, b: null } }, toggles: [1, true, null] };
  expect(validateLookup({ body })).toBeUndefined();
  expect(body).toEqual({ context: { userId: '1', properties: { a: '24', b: '' } }, toggles: ['1', 'true', ''] });
});

test('queries', () => {
  expect(validateContextQuery({ query: { userId: 'a', other: [1] }, body: {} })).toBeUndefined();
  expect(validateContextQuery({ query: { userId: ['a'] }, body: {} })?.[0]?.instancePath).toBe('/query/userId');
  expect(validateContextQuery({ query: { properties: 'x' }, body: {} })?.[0]?.message).toBe('must be object');
  expect(validateContextQuery({ query: {}, body: [] })?.[0]?.instancePath).toBe('/body');
});
