import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Entity } from './entity.ts';

const text = 'flags '.repeat(1_000);

test('a coding is made once on another thread, however many ask meanwhile', async () => {
  const entity = new Entity(text, 'text/plain');
  const asked = Array.from({ length: 5 }, () => entity.encodeBeside('gzip'));
  expect(new Set(asked).size).toBe(1);
  expect(entity.codings).toEqual([]);
  await Promise.all(asked);
  expect(entity.codings).toEqual(['gzip']);
  const made = entity.encoded('gzip');
  expect(gunzipSync(made).toString()).toBe(text);
  await entity.encodeBeside('gzip');
  expect(entity.encoded('gzip')).toBe(made);
});

test('codings are made beside each other', async () => {
  const entity = new Entity(text, 'text/plain');
  const [gzip, br] = [entity.encodeBeside('gzip'), entity.encodeBeside('br')];
  expect(gzip).not.toBe(br);
  await Promise.all([gzip, br]);
  expect([...entity.codings].sort()).toEqual(['br', 'gzip']);
});
