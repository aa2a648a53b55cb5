import { expect, it } from 'vitest';
import { eventually, sleep } from '../../../test/support/wait.ts';
import { Drain } from './drain.ts';

function started(limitMs = 60_000) {
  const drain = new Drain();
  const state = { drain, isOver: false };
  void drain.start(limitMs).then(() => {
    state.isOver = true;
  });
  return state;
}

it('is over when no request has come for a while, and not before', async () => {
  const state = started();
  for (let i = 0; i < 20; i++) {
    state.drain.touched();
    await sleep(20);
    expect(state.isOver).toBe(false);
  }
  await eventually('the end', () => state.isOver);
});

it('is not over because the process itself had to pause: what waits to be taken is taken first', async () => {
  const state = started();
  const end = performance.now() + 500;
  while (performance.now() < end);
  await sleep(10);
  expect(state.isOver).toBe(false);
  await eventually('the end', () => state.isOver);
});

it('is over at its limit, however many requests come', async () => {
  const state = started(100);
  await eventually('the end', () => {
    state.drain.touched();
    return state.isOver;
  });
});
