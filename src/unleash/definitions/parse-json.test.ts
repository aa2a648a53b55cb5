import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonInSteps } from './parse-json.ts';
import { UnusableDefinitionsError } from './read-document.ts';

const encoder = new TextEncoder();

function parse(text: string): { value: unknown; steps: number } {
  const parser = parseJsonInSteps(encoder.encode(text));
  for (let steps = 0; ; steps++) {
    const step = parser.next();
    if (step.done) return { value: step.value, steps };
  }
}

/** Longer than what is parsed in one go, whatever is in it. */
const padding = 'x'.repeat(200_000);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('parseJsonInSteps', () => {
  test('gives what JSON.parse gives, in several steps for large documents', () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { maxLength: 5 }), fc.constantFrom('', ' ', '\n\t'), (parts, space) => {
        const text = `{${space}"pad":"${padding}"${space},"list"${space}:[${parts.join(`${space},`)}${space}]}`;
        const { value, steps } = parse(text);
        expect(plain(value)).toEqual(plain(JSON.parse(text)));
        expect(steps).toBeGreaterThan(1);
      }),
      { numRuns: 100 },
    );
  });

  test('opens large lists inside large objects', () => {
    const document = {
      features: Array.from({ length: 3000 }, (_, i) => ({ name: `flag "${i}" \\`, list: [i, [], {}] })),
    };
    expect(plain(parse(JSON.stringify({ pad: padding, ...document })).value)).toEqual({ pad: padding, ...document });
  });

  test.each([
    ['cut off', `{"pad":"${padding}","features":[{"a":1}`],
    ['cut off in a text', `{"pad":"${padding}`],
    ['missing comma', `{"pad":"${padding}" "features":[]}`],
    ['comma too many', `{"pad":"${padding}","features":[1,]}`],
    ['missing colon', `{"pad":"${padding}","features"[]}`],
    ['name that is no text', `{"pad":"${padding}",1:2}`],
    ['text behind the end', `{"pad":"${padding}"}x`],
    ['wrong bracket', `{"pad":"${padding}","features":[}`],
    ['garbage', padding],
    ['nested without end', '['.repeat(1_000_000)],
    ['nested too deeply', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['small garbage', '<html>'],
  ])('refuses %s', (_name, text) => {
    expect(() => parse(text)).toThrow(UnusableDefinitionsError);
  });
});
