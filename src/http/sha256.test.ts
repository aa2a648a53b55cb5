import { expect, it } from 'vitest';
import { sha256Into } from './sha256.ts';

function sha256Base64(bytes: Uint8Array): string {
  const memory = Buffer.alloc(40, 0xee);
  sha256Into(bytes, memory.subarray(4, 36));
  expect([...memory.subarray(0, 4), ...memory.subarray(36)]).toEqual(Array(8).fill(0xee));
  return memory.toString('base64', 4, 36);
}

it('is the SHA-256 of the bytes, and writes nothing else', () => {
  expect(sha256Base64(Buffer.from('abc'))).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
  expect(sha256Base64(new TextEncoder().encode('xabc').subarray(1))).toBe(sha256Base64(Buffer.from('abc')));
  expect(sha256Base64(new Uint8Array())).toBe('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=');
});
