import fc from 'fast-check';
import { expect, it } from 'vitest';
import { literalOf } from './regex-literal.ts';

it.each([
  ['^qa-7-[0-9]+@lab\\.example\\.com$', '@lab.example.com'],
  ['.*@example.com', '@example'],
  ['abc+d', 'abc'],
  ['abc*d', 'ab'],
  ['abc?', 'ab'],
  ['abc{2}d', 'ab'],
  ['abc{,3}def', 'def'],
  ['a{x}', 'x}'],
  ['\\x41b', ''],
  ['\\101b', ''],
  ['ab*?cd', 'cd'],
  ['(abc)d', 'd'],
  ['(abc)*de(?:f|g)', 'de'],
  ['(a[)]b\\)c)de', 'de'],
  ['[]abc]d', 'd'],
  ['[^]abc]d', 'd'],
  ['[\\]abc]d', 'd'],
  ['\\d\\w\\bx', 'x'],
  ['😀*a', 'a'],
  ['a|b', ''],
  ['(?i)abc', ''],
  ['(?i:abc)d', ''],
  ['ab(?#note)*', ''],
  ['', ''],
])('%s needs %j', (pattern, literal) => {
  expect(literalOf(pattern)).toBe(literal);
});

it('whatever a pattern matches holds its literal', () => {
  const part = fc.constantFrom(
    'a',
    'b',
    'ab',
    '.',
    '\\.',
    '\\d',
    '[ab]',
    '[^a]',
    '(ab)',
    '(a|b)',
    '(?:b)',
    '^',
    '$',
    '1',
  );
  const piece = fc.tuple(part, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0}', '{0,1}', '+?', '??'));
  const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.map((one) => one.join('')).join(''));
  let matching = 0;
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '.', '1') }), (made, text) => {
      let expression: RegExp;
      try {
        expression = new RegExp(`^(?:${made})`);
      } catch {
        return;
      }
      if (!expression.test(text)) return;
      matching += 1;
      expect(text).toContain(literalOf(made));
    }),
    { numRuns: 3_000 },
  );
  expect(matching).toBeGreaterThan(500);
});
