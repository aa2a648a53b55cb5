import { expect, test } from 'vitest';
import { handOverEvery } from './hand-over.ts';

test('a stop waits for what is under way, hands over the rest, and ends', async () => {
  const due: (() => void)[] = [];
  const timers = {
    now: () => 0,
    set(run: () => void) {
      due.push(run);
      return () => undefined;
    },
  };
  const order: string[] = [];
  let arrive = () => {};
  let round = 0;
  const stop = handOverEvery(timers, 1_000, async () => {
    const own = ++round;
    order.push(`start ${own}`);
    if (own === 1) await new Promise<void>((resolve) => (arrive = resolve));
    order.push(`end ${own}`);
  });
  due.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([stopped, order]).toEqual([false, ['start 1']]);
  arrive();
  await stopping;
  expect(order).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
  expect(due).toEqual([]);
});
