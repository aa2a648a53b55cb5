import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileStorage } from './file-storage.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'halyard-store-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('keeps a document under the name of the original and gives it back', async () => {
  const at = directory();
  const storage = new FileStorage(at);
  const document = { version: 2, features: [{ name: 'a"ü' }, { name: 'b' }], segments: undefined, empty: [] };
  await storage.set('my/app', document);
  expect(readdirSync(at)).toEqual(['unleash-backup-my_app.json']);
  expect(await storage.get('my/app')).toEqual({ version: 2, features: document.features, empty: [] });
});

test('writes the same JSON as in one piece', async () => {
  const storage = new FileStorage(directory());
  const document = {
    version: 2,
    features: Array.from({ length: 5000 }, (_, i) => ({ name: `f-${i}`, x: 'y'.repeat(100) })),
  };
  await storage.set('app', document);
  expect(readFileSync(storage.path('app'), 'utf8')).toBe(JSON.stringify(document));
});

test('nothing kept is undefined; something broken rejects', async () => {
  const storage = new FileStorage(directory());
  expect(await storage.get('nobody')).toBeUndefined();
  writeFileSync(storage.path('empty'), '');
  expect(await storage.get('empty')).toBeUndefined();
  writeFileSync(storage.path('broken'), '{"features":');
  await expect(storage.get('broken')).rejects.toThrow();
});

test('a failed write leaves the last good file alone and nothing behind', async () => {
  const at = directory();
  const storage = new FileStorage(at);
  await storage.set('app', { features: [1] });
  const circular: unknown[] = [];
  circular.push(circular);
  await expect(storage.set('app', { features: [circular] })).rejects.toThrow();
  expect(await storage.get('app')).toEqual({ features: [1] });
  expect(readdirSync(at)).toEqual(['unleash-backup-app.json']);
});

test('writes at the same time do not mix', async () => {
  const storage = new FileStorage(directory());
  const documents = Array.from({ length: 10 }, (_, i) => ({ features: Array(2000).fill(i) }));
  await Promise.all(documents.map((document) => storage.set('app', document)));
  const { features } = (await storage.get('app')) as { features: number[] };
  expect(new Set(features).size).toBe(1);
});
