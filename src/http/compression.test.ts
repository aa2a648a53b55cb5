import zlib, { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compressBytes, negotiateAnyCoding, negotiateCoding } from './compression.ts';

describe('negotiateCoding', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['deflate, gzip;q=1.0, br;q=1.0', 'br'],
    ['deflate', 'deflate'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['zstd', undefined],
    ['gzip;q=x', 'gzip'],
    [',,;q=1,', undefined],
  ])('%s → %s', (header, expected) => {
    expect(negotiateCoding(header)).toBe(expected);
    expect(negotiateCoding(header)).toBe(expected);
  });

  test('answers any number of different headers', () => {
    for (let i = 0; i < 500; i++) expect(negotiateCoding(`x-${i}, gzip`)).toBe('gzip');
  });
});

describe('negotiateAnyCoding', () => {
  const hasZstd = 'zstdCompressSync' in zlib;

  test.each([
    ['zstd', hasZstd ? 'zstd' : undefined],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, zstd', hasZstd ? 'zstd' : 'gzip'],
    ['gzip;q=0.5, zstd;q=0.9', hasZstd ? 'zstd' : 'gzip'],
    ['zstd;q=0, gzip', 'gzip'],
    ['deflate', 'deflate'],
  ])('%s → %s', (header, expected) => {
    expect(negotiateAnyCoding(header)).toBe(expected);
  });

  // On Bun, which has it: test/http/zstd.test.ts.
  test('zstd can be undone, and is refused where the runtime has none', () => {
    const bytes = Buffer.from('flag '.repeat(1000));
    if (!hasZstd) {
      expect(() => compressBytes(bytes, 'zstd')).toThrow('this runtime has no zstd');
      return;
    }
    const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync(bytes: Uint8Array): Buffer };
    expect(zstdDecompressSync(compressBytes(bytes, 'zstd'))).toEqual(bytes);
  });
});

test('compressBytes can be undone', () => {
  const bytes = Buffer.from('flag '.repeat(1000));
  expect(brotliDecompressSync(compressBytes(bytes, 'br'))).toEqual(bytes);
  expect(gunzipSync(compressBytes(bytes, 'gzip'))).toEqual(bytes);
  expect(inflateSync(compressBytes(bytes, 'deflate'))).toEqual(bytes);
  expect(compressBytes(bytes, 'br').length).toBeLessThan(100);
});
