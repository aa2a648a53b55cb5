import { describe, expect, it } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { usageReports } from './usage-report.ts';

const { merge, halves, verdict } = usageReports(1_000);

const body = (instanceId: string, minute: number, toggles: object) =>
  JSON.stringify({
    appName: 'a',
    instanceId,
    bucket: { start: `2026-01-01T00:0${minute}:00.000Z`, stop: `2026-01-01T00:0${minute + 1}:00.000Z`, toggles },
  });
const read = (text: string) => JSON.parse(text) as { instanceId: string; bucket: { toggles: object } };

describe('reports of usage', () => {
  it('add up counts and variants, over the whole time, whatever the names are', () => {
    const odd =
      '{"appName":"a","bucket":{"start":"2026-01-01T00:00:00Z","stop":"2026-01-01T00:01:00Z","toggles":{"__proto__":{"yes":7}}}}';
    const [merged, ...more] = finish(
      merge([
        body('one', 2, { f: { yes: 1, no: 2, variants: { v: 1 } } }),
        odd,
        'no JSON',
        '{"bucket":1}',
        body('two', 5, { f: { yes: 10, no: 0, variants: { v: 2, w: 3 } }, g: { yes: 0, no: 4, variants: {} } }),
      ]),
    );
    expect(more).toEqual([]);
    expect(merged).toContain('"__proto__":{"yes":7,"no":0,"variants":{}}');
    const { instanceId, bucket } = read(merged!);
    expect(instanceId).toBe('two');
    expect({ ...bucket, toggles: { ...bucket.toggles } }).toMatchObject({
      start: '2026-01-01T00:00:00.000Z',
      stop: '2026-01-01T00:06:00.000Z',
      toggles: { f: { yes: 11, no: 2, variants: { v: 3, w: 3 } }, g: { yes: 0, no: 4 } },
    });
    expect(finish(merge([merged!]))).toEqual([merged]);
  });

  it('are nothing without any counts', () => {
    expect(finish(merge([]))).toEqual([]);
    expect(finish(merge(['x', body('one', 0, {})]))).toEqual([]);
  });

  it('can be divided down to a single flag', () => {
    const toggles = { f: { yes: 1, no: 0, variants: {} }, g: { yes: 2, no: 0, variants: {} } };
    const both = halves(body('one', 0, toggles));
    expect(both?.map((half) => Object.keys(read(half).bucket.toggles))).toEqual([['f'], ['g']]);
    expect(halves(both![0])).toBeUndefined();
    expect(halves('x')).toBeUndefined();
  });

  it('are kept until upstream takes them', () => {
    expect([202, 413, 400, 401, 404, 500].map(verdict)).toEqual(['taken', 'too-large', 'kept', 'kept', 'kept', 'kept']);
  });
});
