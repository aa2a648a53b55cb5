import { describe, expect, it } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { flagsmithReports } from './report-kinds.ts';

const api = 'http://core/api/v1';
const kinds = flagsmithReports(`${api}/`);
const kind = (url: string) => kinds.get(url)!;

describe('reports of Flagsmith mode', () => {
  it('add up counts by feature, whatever the names are', () => {
    const { merge } = kind(`${api}/analytics/flags/`);
    expect(finish(merge(['{"a":1,"__proto__":2}', 'x', '[]', '{"a":2,"b":"x"}']))).toEqual(['{"a":3,"__proto__":2}']);
    expect(finish(merge(['{}', 'x']))).toEqual([]);
  });

  it('add up requests by environment and resource, in batches of 1,000 rows, with an idempotency key', () => {
    const { merge, idempotencyHeader } = kind(`${api}/proxy/usage/`);
    const row = (client_side_key: string, count: number) => ({ client_side_key, resource: 'flags', count });
    const merged = finish(merge([JSON.stringify([row('c', 1), row('d', 2)]), 'x', JSON.stringify([row('c', 3), 7])]));
    expect(merged.map((text) => JSON.parse(text) as unknown)).toEqual([[row('c', 4), row('d', 2)]]);
    const many = JSON.stringify(Array.from({ length: 1_500 }, (_, n) => row(`c${n}`, 1)));
    expect(finish(merge([many, many])).map((text) => (JSON.parse(text) as unknown[]).length)).toEqual([1_000, 500]);
    expect(idempotencyHeader).toBe('Idempotency-Key');
  });

  it('add up evaluations by feature, identity and state, and turn them to counts for an older core API', () => {
    const url = 'http://core/api/v2/analytics/flags/';
    const { merge, reroute } = kind(url);
    const row = (identity: string | null, count: number, enabled = true) => ({
      feature_name: 'f',
      identity_identifier: identity,
      count,
      enabled_when_evaluated: enabled,
    });
    const body = (...evaluations: unknown[]) => JSON.stringify({ evaluations });
    const [merged, ...more] = finish(
      merge([body(row('i', 1), row(null, 2)), 'x', body(row('i', 3), row('i', 4, false), 1)]),
    );
    expect(more).toEqual([]);
    expect(JSON.parse(merged!)).toEqual({ evaluations: [row('i', 4), row(null, 2), row('i', 4, false)] });
    expect(reroute!(merged!, url, 404)).toEqual({ url: `${api}/analytics/flags/`, body: '{"f":10}' });
    expect([200, 500].map((status) => reroute!(merged!, url, status))).toEqual([undefined, undefined]);
  });

  it('know no evaluations where the address does not say the version', () => {
    expect([...flagsmithReports('http://core/api').keys()]).toEqual([
      'http://core/api/analytics/flags/',
      'http://core/api/proxy/usage/',
    ]);
  });
});
