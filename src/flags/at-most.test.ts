import { expect, it } from 'vitest';
import { atMost } from './at-most.ts';

it('runs so many jobs at a time, in their order, and goes on after one that fails', async () => {
  const run = atMost(2);
  const begun: number[] = [];
  const ends: ((failure?: Error) => void)[] = [];
  const jobs = Array.from({ length: 5 }, (_, number) =>
    run(() => {
      begun.push(number);
      return new Promise<number>((resolve, reject) => {
        ends[number] = (failure) => (failure === undefined ? resolve(number) : reject(failure));
      });
    }),
  );
  const settled = Promise.allSettled(jobs);
  const rest = async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  await rest();
  expect(begun).toEqual([0, 1]);
  ends[1]?.(new Error('no'));
  await rest();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await rest();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  ends[3]?.();
  ends[4]?.();
  expect((await settled).map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  ]);
  expect(await run(async () => 'later')).toBe('later');
});
