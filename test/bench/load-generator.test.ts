// The benchmark's load generator: kept awake where that can be, and told on the pages either way.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { failures, runWrk } from '../../bench/lib/wrk.mjs';
import { aboutGenerator, generatorOf, keepAwake, withLibrary } from '../../bench/load/awake.mjs';
import { compareRatios, notComparable } from '../../bench/ratios.mjs';
import { otherGeneratorTable } from '../../bench/report/tables.mjs';

// A folder whose name would be cut to pieces in LD_PRELOAD.
const scratch = mkdtempSync(join(tmpdir(), 'a load: '));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const installed = (command: string) => spawnSync(command, ['--version']).error === undefined;
const canBeKept = process.platform === 'linux' && ['cc', 'wrk', 'taskset'].every(installed);

/** A core that this process may use: not every one is everybody's in a container. */
const ownCore = () => Number(/^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

describe('wrk', () => {
  it('is left as it is where nothing else is asked for', () => {
    const kept = keepAwake(scratch, { wrkAwake: false }, (line) => expect.fail(line));
    expect(generatorOf(kept)).toEqual({ awake: false });
    expect(aboutGenerator(generatorOf(kept))).toContain('is taken as it is: it sleeps');
    expect(aboutGenerator({ awake: false, reason: 'no cc' })).toContain('(it could not be kept awake: no cc)');
    expect(withLibrary(kept.library)).toEqual({});
  });

  it.runIf(canBeKept)('is kept awake, ends in time and counts every answer', async () => {
    const kept = keepAwake(scratch, { wrkAwake: true }, (line) => expect.fail(line));
    expect(generatorOf(kept)).toEqual({ awake: true });
    expect(aboutGenerator(generatorOf(kept))).toContain('is kept awake');
    let answered = 0;
    const server = createServer((_, response) => {
      answered++;
      // So slow that wrk, as it is, would sleep for nearly all of the time.
      setTimeout(() => response.end('flags'), 20);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const load = { url, headers: {}, seconds: 1, connections: 4, core: ownCore(), awake: kept.library };
      const figures = await runWrk(load);
      expect(failures(figures)).toBe(0);
      expect(figures.requests).toBeGreaterThan(0);
      // What was under way at the end is answered and not counted.
      expect(answered - figures.requests).toBeGreaterThanOrEqual(0);
      expect(answered - figures.requests).toBeLessThanOrEqual(4);
      expect(figures.p50Ms).toBeGreaterThanOrEqual(15);
      expect(figures.maxMs).toBeGreaterThanOrEqual(figures.p99Ms);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('recorded ratios', () => {
  it('are compared only with those of the same kind of load generator', () => {
    expect(notComparable({ awake: true }, { awake: true })).toBeUndefined();
    expect(notComparable({ awake: false }, { awake: false })).toBeUndefined();
    expect(notComparable({ awake: true }, { awake: false })).toMatch(/kept awake; now it is left as it is.*--record/);
  });

  it('may drop by a fifth, and not be missing', () => {
    const rows = compareRatios({ a: 0.8, b: 0.8, gone: 0.8 }, { a: 0.65, b: 0.63, fresh: 0.8 });
    expect(rows.map(({ name, ok }) => [name, ok])).toEqual([
      ['a', true],
      ['b', false],
      ['gone', false],
      ['fresh', false],
    ]);
  });
});

describe('the table of the other load generator', () => {
  const suite = {
    flagSets: { small: { title: '5 flags' } },
    subjects: [
      { id: 'halyard-bun', title: 'Halyard on Bun' },
      { id: 'bare', title: 'bare', limit: true },
    ],
    workloads: [{ id: 'unchanged', title: 'nothing new' }],
  };
  const row = (subject: string, requestsPerSecond: number) => ({
    ...{ dataset: 'small', workload: 'unchanged', subject, requestsPerSecond, cpuMicroseconds: 7.1, p50Ms: 0.3 },
    ...{ p99Ms: 1, cpu: 0.99, failed: 0 },
  });

  it('takes its ratios from its own rows', () => {
    const loads = [row('halyard-bun', 99_000), row('bare', 100_000)];
    const results = { loads, otherLoads: [row('halyard-bun', 75_000), row('bare', 100_000)] };
    const [halyard, bare] = otherGeneratorTable(suite, results).rows;
    expect(halyard).toEqual([
      '5 flags: nothing new',
      ...['Halyard on Bun', '75,000', '0.75 ×', '7.10', '0.30', '1.00', '99 %'],
    ]);
    expect(bare?.[3]).toBe('1.00 ×');
  });

  it('is empty where results have none', () => {
    expect(otherGeneratorTable(suite, { loads: [] }).rows).toEqual([]);
  });
});
