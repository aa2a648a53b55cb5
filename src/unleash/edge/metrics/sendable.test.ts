import { describe, expect, it } from 'vitest';
import { MemoryBudget } from './limits.ts';
import { readApplication, readClientMetrics, readImpactMetrics, readRow } from './read-reports.ts';
import { RowStore, rowJson } from './rows.ts';

const start = '2026-11-22T07:00:00Z';
const via = { appName: 'edge', instanceId: 'e' };
const registration = { appName: 'a', instanceId: 'i', interval: 15_000, started: start, strategies: ['default'] };
const report = (counts: object, rest: object = {}) => ({
  appName: 'a',
  bucket: { start, stop: start, toggles: { f: counts } },
  ...rest,
});

/** As it is sent. */
const registered = (rest: object) => {
  const read = readApplication({ ...registration, ...rest }, via, { environment: 'development' });
  return read.ok ? read.value.json : read.message;
};
const rowOf = (body: object) => {
  const read = readClientMetrics(body, 'development');
  return read.ok ? read.value.rows.map(rowJson)[0] : read.message;
};

describe('what one client says cannot make upstream refuse what all said', () => {
  it.each([
    [15.5, 16],
    [-1, 0],
    [1e12, 0xffff_ffff],
    [null, 0],
  ])('an interval of %s is sent as %s', (interval, sent) => {
    expect(registered({ interval })).toMatchObject({ interval: sent });
  });

  it.each([
    ['2026-11-22T08:00:00+01:00', start],
    ['2026-11-22', '2026-11-22T00:00:00Z'],
    ['2026-11-22T07:00:00.123456789Z', '2026-11-22T07:00:00.123Z'],
  ])('a start of %s is sent as %s', (started, sent) => {
    expect(registered({ started })).toMatchObject({ started: sent });
    expect(rowOf({ ...report({}), bucket: { start: started, toggles: { f: { yes: 1 } } } })).toMatchObject({
      timestamp: sent,
    });
  });

  it.each(['+275000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', 'garbage', 7])(
    'a start of %s is refused',
    (started) => {
      expect(registered({ started })).toBe('missing field `started`');
      expect(rowOf({ appName: 'a', bucket: { start: started, toggles: {} } })).toBe('`bucket.start` is no time');
      const row = { appName: 'a', featureName: 'f', environment: 'development', timestamp: started, yes: 1, no: 0 };
      expect(readRow(row)).toBeUndefined();
      expect(readRow({ ...row, timestamp: start })).toMatchObject({ yes: 1 });
    },
  );

  it('counts have 32 bits, also when they are added up', () => {
    expect(rowOf(report({ yes: 0x1_0000_0000 }))).toBe('a count is no whole number');
    expect(rowOf(report({ yes: 1, variants: { v: 0x1_0000_0000 } }))).toBe('a count is no whole number');
    const rows = new RowStore(new MemoryBudget(100_000));
    for (let i = 0; i < 2; i++) {
      const read = readClientMetrics(report({ yes: 0xffff_ffff, variants: { v: 0xffff_fffe } }), 'development');
      if (read.ok) for (const row of read.value.rows) rows.add(row);
    }
    expect(rows.list().map(rowJson)).toMatchObject([{ yes: 0xffff_ffff, no: 0, variants: { v: 0xffff_ffff } }]);
  });

  it('only the two types of SDKs are passed on', () => {
    const typeOf = (sdkType: unknown) => (rowOf(report({ yes: 1 }, { sdkType })) as { sdkType: unknown }).sdkType;
    expect(['frontend', 'backend', 'other', 5, undefined].map(typeOf)).toEqual([
      'frontend',
      'backend',
      null,
      null,
      null,
    ]);
  });

  it('impact metrics that Unleash refuses a whole report for are left out', () => {
    const samples = [{ value: 1 }, { value: -1 }];
    const good = { name: 'good', help: 'h', type: 'counter', samples };
    const read = readImpactMetrics([
      good,
      { ...good, type: 'unknown' },
      { ...good, type: undefined },
      { ...good, name: '' },
      { ...good, name: 'gauge', type: 'gauge', help: '' },
    ]);
    expect(read.map(({ name, help, samples: kept }) => [name, help, kept.map(({ value }) => value)])).toEqual([
      ['good', 'h', [1]],
      ['gauge', 'gauge', [1, -1]],
    ]);
  });

  it('texts hold neither NUL nor halves of characters', () => {
    const [odd, plain] = ['x\0\ud800y\udc00\u{1f600}', 'x\ufffd\ufffdy\ufffd\u{1f600}'];
    expect(
      registered({ appName: odd, instanceId: odd, strategies: [odd], sdkVersion: odd, projects: [odd] }),
    ).toMatchObject({
      appName: plain,
      instanceId: plain,
      strategies: [plain],
      sdkVersion: plain,
      projects: [plain],
    });
    const body = { appName: odd, bucket: { start, toggles: { [odd]: { yes: 1, variants: { [odd]: 1 } } } } };
    expect(rowOf(body)).toMatchObject({ appName: plain, featureName: plain, variants: { [plain]: 1 } });
    const samples = [{ value: 1, labels: { [odd]: odd, broken: { toString: 1 } } }];
    const [impact] = readImpactMetrics([{ name: odd, help: odd, type: 'counter', samples }]);
    expect(impact).toMatchObject({ name: plain, help: plain, samples: [{ labels: { [plain]: plain } }] });
    expect(Object.keys(impact?.samples[0]?.labels ?? {})).toEqual([plain]);
  });
});
