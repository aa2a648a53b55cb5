import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { releaseLock, takeLock } from '../scripts/lib/lock.mjs';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  lock = join(folder, 'build.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('is held once, and free when it was released', () => {
  expect(takeLock(lock)).toBe(true);
  expect(readFileSync(lock, 'utf8')).toBe(String(process.pid));
  expect(takeLock(lock)).toBe(false);
  releaseLock(lock);
  expect(takeLock(lock)).toBe(true);
});

test('is not taken from a process that runs', async () => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  try {
    await writeFile(lock, String(holder.pid));
    expect([takeLock(lock), takeLock(lock)]).toEqual([false, false]);
    expect(existsSync(lock)).toBe(true);
  } finally {
    holder.kill('SIGKILL');
  }
});

test('is taken from one that was killed, without waiting', async () => {
  await writeFile(lock, String(spawnSync(process.execPath, ['-e', '']).pid));
  expect([takeLock(lock), takeLock(lock)]).toEqual([false, true]);
});

test('what is no lock, and one that was never written, do not stop anybody', async () => {
  await mkdir(lock);
  expect([takeLock(lock), takeLock(lock)]).toEqual([false, true]);
  await writeFile(lock, '');
  expect([takeLock(lock), takeLock(lock)]).toEqual([false, false]);
  await utimes(lock, 1, 1);
  expect([takeLock(lock), takeLock(lock)]).toEqual([false, true]);
});
