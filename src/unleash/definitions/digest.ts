import { createHash } from 'node:crypto';
import type { Steps } from '../../flags/steps.ts';

const chunkBytes = 1024 * 1024;

/** A short text that differs when the bytes differ, computed in steps. */
export function* digestInSteps(bytes: Uint8Array): Steps<string> {
  const hash = createHash('sha1');
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    hash.update(bytes.subarray(start, start + chunkBytes));
    yield;
  }
  return hash.digest('base64');
}
