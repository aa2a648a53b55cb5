import { describe, expect, it } from 'vitest';
import { compileRegex } from './regex.ts';

function matches(pattern: string, text: string): boolean | string {
  const compiled = compileRegex(pattern);
  return compiled.ok ? compiled.test(text) : compiled.reason;
}

describe('Python patterns', () => {
  // every row was checked against Python 3.11's re.match
  it.each<[string, string, boolean | string]>([
    ['foo$', 'foo\n', true],
    ['foo$', 'foo\nbar', false],
    ['(?m)foo$', 'foo\nbar', true],
    ['(?i)(?s)A.B', 'a\nb', true],
    ['(?x) a  b # comment', 'ab', true],
    ['(?x)a\\ b', 'a b', true],
    ['(?P<n>x)y', 'xy', true],
    ['(?P<n>x)(?P<n>y)', 'xy', 'invalid'],
    ['(?<n>x)', 'x', 'invalid'],
    ['a(?i)b', 'aB', 'invalid'],
    ['a(?i:b)c', 'aBc', true],
    ['a(?i:b)C', 'aBc', false],
    ['(?a)\\w', 'é', false],
    ['\\w+$', 'éà_1', true],
    ['\\W', 'é', false],
    ['[^\\W\\d_]+$', 'éab', true],
    ['[^\\W\\d_]+$', 'éa1', false],
    ['[\\W\\d]+$', '1-2', true],
    ['\\s', '\u00a0', true],
    ['[\\S]', '\u2003', false],
    ['[^\\s]', '\u3000', false],
    ['\\d\\D', '٣x', true],
    ['a{,2}$', 'aa', true],
    ['a{,2}$', 'aaa', false],
    ['a{2,}$', 'aaa', true],
    ['a{x}', 'a{x}', true],
    ['{a', '{a', true],
    ['[[:alpha:]]', ':]', true],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['a\\Z', 'a\n', false],
    ['\\Aa', 'a', true],
    ['\\z', '', 'invalid'],
    ['\\Q', 'Q', 'invalid'],
    ['\\p{L}', 'a', 'invalid'],
    ['\\x41\\u0042\\103', 'ABC', true],
    ['\\0', '\0', true],
    ['[\\b]', '\b', true],
    ['foo\\b', 'foo bar', true],
    ['a#b', 'a#b', true],
    ['a(?#note)b', 'ab', true],
    ['\\-\\@\\/', '-@/', true],
    ['(a', 'a', 'invalid'],
    ['a)', 'a', 'invalid'],
    ['a**', 'a', 'invalid'],
    ['[z-a]', 'a', 'invalid'],
    ['é|☃', '☃', true],
    ['(?!.*test)[a-z]+', 'attest', false],
    ['^(?!.*test)[a-z]+', 'attack', true],
    ['(?i)^(?=.*B)(?![0-9)(]|x\\)).+$', 'ab', true],
    ['(?i)^(?=.*B)(?![0-9)(]|x\\)).+$', '(b', false],
    ['^(?=a)', 'b', false],
    ['^(?=a|b)[ab]$', 'b', true],
    ['^(?![]x])', ']', false],
    ['(?=a)b|c', 'c', 'unsupported'],
    ['(?!a)*b', 'b', 'unsupported'],
    ['a(?=b)', 'ab', 'unsupported'],
    ['.*(?<=foo)bar', 'xfoobar', true],
    ['.*(?<!foo)bar$', 'xfoobar', false],
    ['(?=a', 'a', 'unsupported'],
    ['😀$', '😀', true],
  ])('%j on %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each(['(a)\\1', '(?P<a>x)(?P=a)', 'a(?=b)', '(?:(?!b).)*', '(?>a)', 'a{2000}', '[^\\Wx]'])(
    'says that %j needs more than linear time',
    (pattern) => {
      expect(matches(pattern, 'a')).toBe('unsupported');
    },
  );

  it.each(['a'.repeat(4000), '\\w{1000}'.repeat(4), '(?:(?:abcd){30}x){30}', '(?:[a-z]{900}|b{900}|c{900}|d{900})'])(
    'says that %.40s is too large',
    (pattern) => {
      expect(matches(pattern, 'a')).toBe('unsupported');
    },
  );

  it('counts repeats as they are nested', () => {
    expect(matches(`(?:ab){900}`, 'ab'.repeat(900))).toBe(true);
    expect(matches('(?:(?#note)a(?:b|c){2}){100}$', 'abc'.repeat(100))).toBe(true);
  });

  it.each(['(a+)+$', '(a|aa)+$', '(.*)*x', '(a?){50}a{50}$'])('matches %j in linear time', (pattern) => {
    const compiled = compileRegex(pattern);
    // Of the processor, not of a clock: others may have it meanwhile.
    const before = process.cpuUsage();
    if (compiled.ok) compiled.test(`${'a'.repeat(20_000)}!`);
    expect(compiled.ok).toBe(true);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});
