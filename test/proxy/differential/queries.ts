/** Query strings: brackets, repetition, indexes, encodings. Every one names exactly one session first (2.6). */
import fc from 'fast-check';
import { anyFieldValue, dates, fieldName, fieldValue, sessionIds } from '../../support/generate/values.ts';

const encodeEverything = (text: string): string =>
  [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
const encodePlain = (text: string): string => encodeURIComponent(text);
const encodePlus = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+');
const encodeLower = (text: string): string =>
  encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

const encoder = fc.constantFrom(encodePlain, encodePlus, encodeEverything, encodeLower);

/** Ways to write a key around a name. */
const keyShapes: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name,
  (name) => name,
  (name) => `properties[${name}]`,
  (name) => `properties%5B${name}%5D`,
  (name) => `${name}[]`,
  (name) => `${name}[0]`,
  (name) => `${name}[3]`,
  (name) => `${name}[x]`,
  (name) => `${name}[x][y][z]`,
  (name) => `properties[${name}][a][b][c][d][e][f]`,
  (name) => `properties.${name}`,
  (name) => `[${name}]`,
  (name) => `${name}[`,
  (name) => `${name}]`,
];

const pair: fc.Arbitrary<string> = fc
  .tuple(fieldName, fc.constantFrom(...keyShapes), encoder, fc.boolean())
  .chain(([name, shape, encode, own]) =>
    (own ? fieldValue(name) : anyFieldValue).map((value) => `${shape(name)}=${encode(value)}`),
  );

const plainPair: fc.Arbitrary<string> = fieldName
  .filter((name) => name !== 'sessionId')
  .chain((name) => fieldValue(name).map((value) => `${name}=${encodeURIComponent(value)}`));

const oddities = fc.constantFrom(
  'userId',
  'userId=%',
  'region=%41%',
  'region=%zz',
  'region=%FF',
  'region=a=b',
  'a;b=1',
  '=value',
  '&&',
  '=',
  'properties=abc',
  'properties=',
  'properties[]=a',
  'userId[]=a',
  'appName[x]=1',
  'currentTime[]=1',
  'hasOwnProperty=y',
  'constructor=w',
  'properties[constructor]=c',
  'toggles=alpha',
  'REGION=eu',
  'userid=alice',
  'properties[userId]=alice',
  'environment[]=production&environment[]=default',
  'environment[x]=production',
);

const time = fc.constantFrom(...dates, '1700000000000', '2020', 'Fri, 01 May 2099 10:00:00 GMT').map((value) => {
  return `currentTime=${encodeURIComponent(value)}`;
});

export const query: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...sessionIds),
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: plainPair },
        { weight: 4, arbitrary: pair },
        { weight: 1, arbitrary: oddities },
        { weight: 1, arbitrary: time },
      ),
      { maxLength: 6 },
    ),
  )
  .map(([session, pairs]) => [`sessionId=${encodeURIComponent(session)}`, ...pairs].join('&'));
