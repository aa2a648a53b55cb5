import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isBinary, shippedFile } from './shipped-files.ts';

it('paths start at the root of the package', () => {
  expect(isBinary).toBe(false);
  expect(shippedFile('demo/flags.json')).toBe(join(import.meta.dirname, '..', '..', 'demo', 'flags.json'));
  expect(existsSync(shippedFile('package.json'))).toBe(true);
});
