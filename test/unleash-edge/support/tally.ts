/** The account of a run of `npm run test:edge`, of which the page in docs is made. Each test file adds lines. */
import { appendFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Account, IntendedDifference } from './compare.ts';

export interface TallyLine {
  readonly group: string;
  readonly subject: string;
  readonly comparisons: number;
  readonly met: readonly string[];
}

/** Writes one line where `npm run test:edge` asked for it; otherwise does nothing. */
export function tally(group: string, subject: string, { comparisons, met }: Account): void {
  const file = process.env.HALYARD_EDGE_TALLY;
  if (file === undefined) return;
  appendFileSync(
    file,
    `${JSON.stringify({ group, subject, comparisons, met: [...met].sort() } satisfies TallyLine)}\n`,
  );
}

/** Each listed difference must have been met: one that is gone has to leave the list. */
export function expectAllMet(intended: readonly IntendedDifference[], account: Account): void {
  const gone = intended.filter(({ id }) => !account.met.has(id)).map(({ id }) => id);
  expect(gone, 'differences that are listed but were not met: remove them from the list').toEqual([]);
}
