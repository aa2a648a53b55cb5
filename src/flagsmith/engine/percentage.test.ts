import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { list, plain, vectors } from '../../../test/flagsmith/vectors.ts';
import type { Scalar } from '../json/value.ts';
import { md5 } from './md5.ts';
import { percentage } from './percentage.ts';

describe('percentage', () => {
  it.each(vectors.hash.map((row) => list(row)))('of %j is the reference engine’s', (ids, expected) => {
    const joined = list(ids).join(',');
    const cut = joined.indexOf(',') + 1;
    expect(percentage(joined)).toBe(plain(expected as Scalar));
    expect(percentage(joined.slice(0, cut), joined.slice(cut))).toBe(plain(expected as Scalar));
  });
});

describe('md5', () => {
  it.each([0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])('agrees with the runtime on %i characters', (n) => {
    for (const text of ['a'.repeat(n), 'é☃😀'.repeat(n), `${'x'.repeat(n)}\ud800`]) {
      const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
      const expected = createHash('md5').update(text, 'utf8').digest('hex');
      expect(hex(md5(text))).toBe(expected);
      expect(hex(md5('', text))).toBe(expected);
      expect(hex(md5(text, `,${text}`))).toBe(createHash('md5').update(`${text},${text}`, 'utf8').digest('hex'));
    }
  });
});
