import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Sizes of the buffers that are made for a runtime that is given room as often as asked, and has time to settle. */
async function given(times: number): Promise<readonly number[]> {
  const { giveHeapRoom } = await import('./heap-room.ts');
  const made: number[] = [];
  const record = function (this: unknown, bytes: number) {
    made.push(bytes);
  };
  vi.stubGlobal('ArrayBuffer', record);
  for (let time = 0; time < times; time++) {
    giveHeapRoom();
    vi.advanceTimersByTime(10_000);
  }
  return made;
}

test('Bun counts 12 MiB more, once for a process', async () => {
  vi.stubGlobal('Bun', {});
  expect(await given(3)).toEqual([12 * 1024 * 1024]);
});

test('Node has no use for it', async () => {
  expect(await given(1)).toEqual([]);
});
