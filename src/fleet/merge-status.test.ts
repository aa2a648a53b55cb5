import { expect, test } from 'vitest';
import { mergeStatus } from './merge-status.ts';

const page = (requests: number, tokens: number, revision: number, lastSuccessMs?: number, nowMs = 2_000) =>
  JSON.stringify({
    nowMs,
    version: '1',
    modes: [
      {
        title: 'Unleash Edge',
        environments: [
          {
            name: 'dev',
            state: { revision, publishedAtMs: 5, flagCount: 2 },
            fetching: lastSuccessMs === undefined ? null : { lastSuccessMs },
          },
        ],
        figures: [
          { group: 'requests', name: '2xx', value: requests, counter: true },
          { group: 'streams', name: 'open streams', value: requests, limit: 10 },
          { group: 'tokens', name: 'accepted tokens', value: tokens },
        ],
      },
    ],
  });
const worker = { worker: 1, pid: 7, residentBytes: 1, cpuSeconds: 2, replacements: 0 };

test('what workers serve is added up, what the primary does is its own, and each worker is told about', () => {
  const merged = JSON.parse(
    mergeStatus(page(1, 3, 9), [
      [worker, page(10, 50, 4, 1234)],
      [{ ...worker, worker: 2 }, page(100, 60, 5)],
    ]),
  );
  expect(merged.version).toBe('1');
  expect(merged.modes[0].figures).toEqual([
    { group: 'requests', name: '2xx', value: 111, counter: true },
    { group: 'streams', name: 'open streams', value: 111, limit: 20 },
    { group: 'tokens', name: 'accepted tokens', value: 3 },
  ]);
  expect(merged.workers).toEqual([
    {
      ...worker,
      environments: [{ name: 'dev', state: { revision: 4, publishedAtMs: 5, flagCount: 2 }, confirmedMs: 1234 }],
    },
    {
      ...worker,
      worker: 2,
      environments: [{ name: 'dev', state: { revision: 5, publishedAtMs: 5, flagCount: 2 }, confirmedMs: null }],
    },
  ]);
});

test('nothing lies in the future: workers are asked after the primary, and may have heard from upstream in between', () => {
  const merged = JSON.parse(
    mergeStatus(page(1, 3, 9), [
      [worker, page(10, 50, 4, 2_010, 2_011)],
      [{ ...worker, worker: 2 }, page(100, 60, 4, 1_900, 2_001)],
    ]),
  );
  expect(merged.nowMs).toBe(2_011);
});

test('a worker that did not answer is missing, and the rest is there', () => {
  const merged = JSON.parse(mergeStatus(page(1, 3, 9), []));
  expect(merged.modes[0].figures[1]).toEqual({ group: 'streams', name: 'open streams', value: 1, limit: 10 });
  expect(merged.workers).toEqual([]);
});
