/** zstd where a runtime has it: Bun does, and Node from 22.15 on (src/http/compression.test.ts). */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('is chosen and can be undone on Bun', () => {
  const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
  const script = fileURLToPath(new URL('./zstd-roundtrip.ts', import.meta.url));
  const { stdout, stderr } = spawnSync(bun, [script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { codings, isSame, length } = JSON.parse(stdout) as Record<string, unknown>;
  expect(codings).toEqual(['zstd', 'zstd', 'zstd', 'gzip', 'br']);
  expect([isSame, Number(length) < 100]).toEqual([true, true]);
});
