import { expect, test } from 'vitest';
import { SnapshotSlot } from './snapshot.ts';

test('a slot counts revisions and tells its listeners', () => {
  let nowMs = 5;
  const slot = new SnapshotSlot<string>(() => nowMs);
  const seen: string[] = [];
  slot.onPublish(({ model }) => seen.push(model));
  expect(slot.current).toBeUndefined();
  slot.publish('a', 'backup');
  nowMs = 9;
  slot.publish('b', 'upstream');
  expect(slot.current).toEqual({ revision: 2, origin: 'upstream', publishedAtMs: 9, model: 'b' });
  expect(seen).toEqual(['a', 'b']);
});
