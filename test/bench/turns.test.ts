// What the benchmark compares is measured in turns, and what it says of that is computed from those rounds.
import { describe, expect, it } from 'vitest';
import { checkMustHold } from '../../bench/flagsmith/must-hold.mjs';
import { tables } from '../../bench/flagsmith/report.mjs';
import { orderOfRound, speedAgainst } from '../../bench/flagsmith/turns.mjs';
import { comparedSets } from '../../bench/flagsmith/workloads.mjs';
import { offAndOn } from '../../bench/ofrep/unused.mjs';

const row = (dataset: string, workload: string, subject: string, ...cpuMicroseconds: number[]) => ({
  ...{ dataset, workload, subject, failed: 0, requestsPerSecond: 50_000, cpuMicroseconds: 20 },
  rounds: cpuMicroseconds.map((each) => ({ cpuMicroseconds: each })),
});

describe("Flagsmith's data sets", () => {
  const sets = ['realistic', 'overrides', 'unmet'];

  it('are in turns where one has more in it than the other', () => {
    expect(comparedSets).toEqual([sets]);
  });

  it('follow each other within a round, and another one begins in the next', () => {
    const rows = sets.flatMap((dataset) =>
      ['identities', 'once'].flatMap((workload) =>
        ['halyard-bun', 'halyard-node'].map((subject) => row(dataset, workload, subject)),
      ),
    );
    const names = (round: number) =>
      orderOfRound(rows, round).map(({ dataset, workload, subject }) => `${workload} ${subject} ${dataset}`);
    const loads = ['identities halyard-bun', 'identities halyard-node', 'once halyard-bun', 'once halyard-node'];
    const each = (order: readonly string[]) => loads.flatMap((load) => order.map((dataset) => `${load} ${dataset}`));
    expect(names(1)).toEqual(each(['realistic', 'overrides', 'unmet']));
    expect(names(2)).toEqual(each(['overrides', 'unmet', 'realistic']));
    expect(names(3)).toEqual(each(['unmet', 'realistic', 'overrides']));
    expect(names(4)).toEqual(names(1));
  });

  it('by themselves go through their workloads with one server after the other, in every round', () => {
    const rows = ['flags', 'identities'].flatMap((workload) =>
      ['halyard-bun', 'halyard-node', 'bare'].map((subject) => row('realistic', workload, subject)),
    );
    for (const round of [1, 2, 3]) expect(orderOfRound(rows, round)).toEqual(rows);
  });

  // The second round was slow for all.
  const compared = [
    row('realistic', 'identities', 'halyard-bun', 18, 36, 18),
    row('realistic', 'identities', 'halyard-node', 30, 60, 33),
    row('overrides', 'identities', 'halyard-bun', 20, 39, 19),
    row('overrides', 'identities', 'halyard-node', 60, 120, 66),
    row('unmet', 'identities', 'halyard-bun', 18, 42, 21),
    row('unmet', 'identities', 'halyard-node', 30, 60, 33),
  ];
  const against = (results: object) =>
    checkMustHold(results)
      .filter(({ claim }) => claim.endsWith('against none'))
      .map(({ measured, ok }) => [measured, ok]);

  it('are compared round by round', () => {
    const [, , overrides, , unmet] = compared;
    expect(speedAgainst(compared, overrides!)).toBeCloseTo(36 / 39, 6);
    expect(speedAgainst(compared, unmet!)).toBeCloseTo(18 / 21, 6);
    expect(speedAgainst(compared, compared[0]!)).toBeUndefined();
  });

  it('are judged by what was measured in turns only', () => {
    expect(against({ loads: [], compared })).toEqual([
      ['0.92 ×', true],
      ['0.86 ×', false],
    ]);
    expect(against({ loads: compared, compared: [] })).toEqual([
      ['', undefined],
      ['', undefined],
    ]);
  });

  it('stand together in the table, the share beside each', () => {
    const [, ...rows] = tables({ compared }, []).compared!;
    expect(rows.map(([load, server, , , share]) => [load, server, share])).toEqual([
      ['50 features, 15 segments of 15 conditions: random identities', 'Halyard on Bun', ''],
      ['the same with 2,000 identity overrides: random identities', 'Halyard on Bun', '0.92'],
      ['the same with 150 segments that nobody meets: random identities', 'Halyard on Bun', '0.86'],
      ['50 features, 15 segments of 15 conditions: random identities', 'Halyard on Node', ''],
      ['the same with 2,000 identity overrides: random identities', 'Halyard on Node', '0.50'],
      ['the same with 150 segments that nobody meets: random identities', 'Halyard on Node', '1.00'],
    ]);
  });
});

describe('unused tools', () => {
  const rounds = (...cpuMicroseconds: number[]) =>
    cpuMicroseconds.map((each) => ({ requestsPerSecond: 1e6 / each, cpuMicroseconds: each, p99Ms: 1 }));

  it('are judged by all processes of a kind', () => {
    const { off, on, ratio } = offAndOn([
      rounds(60, 61, 62),
      rounds(70, 71, 72),
      rounds(71, 70, 72),
      rounds(61, 60, 62),
    ]);
    expect([off.cpuMicroseconds, on.cpuMicroseconds]).toEqual([66, 66]);
    expect(off.processes).toEqual([61, 71]);
    expect(on.processes).toEqual([71, 61]);
    expect(ratio).toBeCloseTo(1, 2);
  });

  it('are compared within a round: one that was slow for all is no cost', () => {
    const { ratio } = offAndOn([rounds(60, 120), rounds(66, 132), rounds(60, 120), rounds(66, 132)]);
    expect(ratio).toBeCloseTo(60 / 66, 6);
  });
});
