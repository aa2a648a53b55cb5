import { expect, it } from 'vitest';
import { finish, runInSlices } from './steps.ts';
import { createTurns } from './turns.ts';

function setUp() {
  const scheduled: (() => void)[] = [];
  const turns = createTurns((callback) => scheduled.push(callback));
  /** One round of the event loop, and what follows from it at once. */
  const round = async () => {
    for (const callback of scheduled.splice(0)) callback();
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { turns, round, scheduled };
}

it('one piece of work has its turn per round, in the order in which they asked', async () => {
  const { turns, round, scheduled } = setUp();
  const log: string[] = [];
  const work = async (name: string) => {
    for (let piece = 1; piece <= 2; piece++) {
      await (piece === 1 ? turns.begin() : turns.next());
      log.push(`${name}${piece}`);
    }
  };
  void work('a');
  void work('b');
  void work('c');
  await Promise.resolve();
  for (const all of ['a1', 'a1b1', 'a1b1c1', 'a1b1c1a2', 'a1b1c1a2b2', 'a1b1c1a2b2c2']) {
    expect(log.join('')).toBe(all);
    expect(scheduled).toHaveLength(1);
    await round();
  }
  expect(scheduled).toHaveLength(0);
  expect(turns.begin()).toBeUndefined();
});

it('documents that arrive together are worked on a slice at a time, the first slice included', async () => {
  const { turns, round } = setUp();
  let clockMs = 0;
  const slicing = { elapsedMs: () => clockMs, begin: turns.begin, yieldNow: turns.next };
  const perRound: number[] = [];
  let steps = 0;
  function* document() {
    for (let flag = 0; flag < 10; flag++) {
      steps++;
      clockMs += 0.4;
      yield;
    }
    return 'done';
  }
  const results = Promise.all([1, 2, 3].map(() => runInSlices(document(), slicing)));
  expect(steps).toBe(3);
  while (steps < 30) {
    const before = steps;
    await round();
    perRound.push(steps - before);
  }
  expect(Math.max(...perRound)).toBe(3);
  await round();
  expect(await results).toEqual(['done', 'done', 'done']);
  expect(finish(document())).toBe('done');
});
