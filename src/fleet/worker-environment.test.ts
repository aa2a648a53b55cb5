import { expect, test } from 'vitest';
import { workerEnvironment } from './worker-environment.ts';

test('workers on Node give memory back to the system', () => {
  expect(workerEnvironment({ PORT: '3000', UNSET: undefined }, 2, true)).toEqual({
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
    PORT: '3000',
    HALYARD_WORKER: '2',
  });
});

test('what the operator sets counts', () => {
  const given = { MALLOC_ARENA_MAX: '4', MALLOC_TRIM_THRESHOLD_: '0' };
  expect(workerEnvironment(given, 1, true)).toMatchObject({ ...given, MALLOC_MMAP_THRESHOLD_: '131072' });
});

test('on Bun the environment is that of the primary', () => {
  expect(workerEnvironment({ PORT: '3000', HALYARD_WORKER: '1' }, 3, false)).toEqual({
    PORT: '3000',
    HALYARD_WORKER: '3',
  });
});
