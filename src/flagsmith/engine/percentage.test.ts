import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { list, plain, vectors } from '../../../test/flagsmith/vectors.ts';
import type { Scalar } from '../json/value.ts';
import { md5 } from './md5.ts';
import { percentage } from './percentage.ts';

describe('percentage', () => {
  it.each(vectors.hash.map((row) => list(row)))('of %j is the reference engine’s', (ids, expected) => {
    expect(percentage(list(ids).join(','))).toBe(plain(expected as Scalar));
  });
});

describe('md5', () => {
  it.each([0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])('agrees with the runtime on %i characters', (n) => {
    for (const text of ['a'.repeat(n), 'é☃😀'.repeat(n), `${'x'.repeat(n)}\ud800`]) {
      const hex = [...md5(text)].map((word) => word.toString(16).padStart(8, '0')).join('');
      expect(hex).toBe(createHash('md5').update(text, 'utf8').digest('hex'));
    }
  });
});
