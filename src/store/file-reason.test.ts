import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { fileReason } from './file-reason.ts';

it('says in plain words what an operator can mend, and what the system says otherwise', async () => {
  const missing = await stat('/there/is/no/such/file').catch((error: unknown) => error);
  expect(fileReason(missing)).toBe('it does not exist (ENOENT)');
  const readOnly = Object.assign(new Error("EROFS: read-only file system, open '/x'"), { code: 'EROFS' });
  expect(fileReason(readOnly)).toBe('the file system is read-only (EROFS)');
  expect(fileReason(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))).toBe('EIO: i/o error');
  expect(fileReason('odd')).toBe('odd');
});
