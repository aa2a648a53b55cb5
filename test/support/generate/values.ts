/** Small shared pools, so that generated contexts and generated definitions meet. No prototype names (11.3 #27–29). */
import fc from 'fast-check';

export const userIds = ['alice', 'bob', '123', 'carol', 'Ünï', '日本', 'a b', 'x'.repeat(60)] as const;
export const sessionIds = ['s1', 's2', 'session-77', '0', 'ß', '日'] as const;
export const regions = ['eu', 'us', 'EU', ' eu', 'eu,us', '[object Object]', 'east-1', '0', ''] as const;
export const numbers = ['0', '1', '20', '20.5', '-3', '1e3', '0x10', ' 7 ', 'abc', '', 'Infinity'] as const;
export const versions = ['1.2.3', '1.2.3-beta.1', '1.2.3+5', 'v1.2.3', '2.0.0', '1.2', ' 1.2.3', ''] as const;
export const addresses = [
  '10.1.1.1',
  '192.168.0.55',
  '127.0.0.1',
  '2001:db8::1',
  '2001:DB8:0::1',
  '999.1.1.1',
  'x',
] as const;
export const ranges = [
  '10.1.1.1',
  '192.168.0.0/24',
  '127.0.0.1',
  '10.0.0.0/8',
  '2001:db8::/32',
  '2001:db8::1',
  '10.0.0.0/99',
  'nonsense',
  '0.0.0.0/0',
] as const;
/** Far from now on both sides: a comparison with the current time must not depend on the moment. */
export const dates = ['2001-02-03T04:05:06.000Z', '2090-01-01T00:00:00Z', '2050', 'nope', '2040-05-01', ''] as const;
export const expressions = [
  '^al',
  'b$',
  '[0-9]+',
  '(?i)EU',
  'a.c|l',
  '(',
  '',
  '^$',
  '日',
  '\\beu\\b',
  '(?=x)',
] as const;
export const apps = ['web', 'unleash-proxy', 'Web', 'mobile'] as const;
export const environments = ['production', 'default', 'development'] as const;

/** Context fields that definitions and requests use, with values that make sense for them. */
export const fields = {
  userId: userIds,
  sessionId: sessionIds,
  appName: apps,
  environment: environments,
  remoteAddress: addresses,
  region: regions,
  tenant: ['acme', 'Acme', 'a,b', 'ümlaut'],
  age: numbers,
  version: versions,
} as const satisfies Record<string, readonly string[]>;

export type Field = keyof typeof fields;
export const fieldNames = Object.keys(fields) as Field[];

export const fieldName: fc.Arbitrary<Field> = fc.constantFrom(...fieldNames);
export const fieldValue = (field: Field): fc.Arbitrary<string> => fc.constantFrom<string>(...fields[field]);
export const anyFieldValue: fc.Arbitrary<string> = fieldName.chain(fieldValue);

export const featureNames = [
  'alpha',
  'beta',
  'gamma',
  'delta',
  'parent',
  'parent-2',
  '42',
  '7',
  '007',
  '4294967294',
  '4294967295',
  'æøå/flag name',
  '日本',
  'with "quotes" & <tags>',
  'x'.repeat(120),
  'A',
  'a',
] as const;

/** Either `value` with the given chance in ten, or nothing at all. */
export const maybe = <T>(arbitrary: fc.Arbitrary<T>, chanceInTen = 5): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: chanceInTen, arbitrary }, { weight: 10 - chanceInTen, arbitrary: fc.constant(undefined) });

/** Drops members that are undefined, so that they are absent rather than null in JSON. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
