import { expect, test } from 'vitest';
import { leaveCoresToServing } from './collecting-threads.ts';

function flagsSet(cores: number, servers: number): string[] {
  const flags: string[] = [];
  leaveCoresToServing(cores, servers, (flag) => flags.push(flag));
  return flags;
}

test('without a core to spare, the thread that serves collects', () => {
  const alone = ['--no-concurrent-marking', '--no-concurrent-sweeping'];
  expect(flagsSet(1, 1)).toEqual(alone);
  expect(flagsSet(2, 2)).toEqual(alone);
  expect(flagsSet(2, 4)).toEqual(alone);
});

test('where there are more cores than servers, V8 may use them', () => {
  expect(flagsSet(2, 1)).toEqual([]);
  expect(flagsSet(8, 4)).toEqual([]);
});
