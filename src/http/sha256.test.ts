import { expect, it } from 'vitest';
import { sha256Base64 } from './sha256.ts';

it('is the SHA-256 of the bytes, in base64', () => {
  expect(sha256Base64(Buffer.from('abc'))).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
  expect(sha256Base64(new TextEncoder().encode('xabc').subarray(1))).toBe(sha256Base64(Buffer.from('abc')));
  expect(sha256Base64(new Uint8Array())).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});
