import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { collectEverything, tidyAfterLoading } from './after-loading.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('memory is tidied up once, when nothing large was loaded for a while', () => {
  const collect = vi.fn();
  const loaded = tidyAfterLoading(collect);
  for (let environment = 0; environment < 5; environment++) {
    loaded(5_000_000);
    vi.advanceTimersByTime(300);
  }
  expect(collect).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(collect).toHaveBeenCalledTimes(1);
  loaded(5_000_000);
  vi.advanceTimersByTime(1_000);
  expect(collect).toHaveBeenCalledTimes(2);
});

test('a small document is no reason', () => {
  const collect = vi.fn();
  tidyAfterLoading(collect)(140_000);
  vi.advanceTimersByTime(10_000);
  expect(collect).not.toHaveBeenCalled();
});

test('what nothing refers to is gone afterwards', async () => {
  vi.useRealTimers();
  let gone = false;
  const registry = new FinalizationRegistry(() => {
    gone = true;
  });
  registry.register({ large: new Array(1_000) }, undefined);
  await vi.waitFor(() => {
    collectEverything();
    expect(gone).toBe(true);
  });
});
