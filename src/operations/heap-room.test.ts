import { afterEach, beforeEach, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** MiB of buffers that came while a runtime was given room as often as asked, and had time to settle. */
async function given(times: number): Promise<number> {
  const { giveHeapRoom } = await import('./heap-room.ts');
  const before = process.memoryUsage().arrayBuffers;
  for (let time = 0; time < times; time++) {
    giveHeapRoom();
    vi.advanceTimersByTime(10_000);
  }
  return Math.round((process.memoryUsage().arrayBuffers - before) / 1024 / 1024);
}

test('Bun counts 8 MiB more, once for a process', async () => {
  vi.stubGlobal('Bun', {});
  expect(await given(3)).toBe(8);
});

test('Node has no use for it', async () => {
  expect(await given(1)).toBe(0);
});
