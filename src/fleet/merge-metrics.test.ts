import { expect, it } from 'vitest';
import { mergeMetrics } from './merge-metrics.ts';

const page = (requests: number, revision: number, cached: number) => `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{endpoint="a",status="200"} ${requests}
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{le="+Inf"} ${requests}
took_seconds_sum 0.5
took_seconds_count ${requests}
# HELP halyard_definitions_revision Revision.
# TYPE halyard_definitions_revision gauge
halyard_definitions_revision ${revision}
# HELP halyard_reply_cache_bytes Memory.
# TYPE halyard_reply_cache_bytes gauge
halyard_reply_cache_bytes ${cached}
`;

const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

it('adds counters, histograms and shares of memory; takes the state of the primary; shows what each worker holds', () => {
  const merged = mergeMetrics(page(1, 7, 10), [
    { worker: 1, text: page(2, 7, 20) },
    { worker: 2, text: page(3, 6, 30) },
  ]);
  expect(lines(merged)).toEqual([
    'requests_total{endpoint="a",status="200"} 6',
    'took_seconds_bucket{le="+Inf"} 6',
    'took_seconds_sum 1.5',
    'took_seconds_count 6',
    'halyard_definitions_revision 7',
    'halyard_reply_cache_bytes 60',
    'halyard_worker_definitions_revision{worker="1"} 7',
    'halyard_worker_definitions_revision{worker="2"} 6',
  ]);
  expect(merged.match(/# TYPE requests_total counter/g)).toHaveLength(1);
});

it('of a worker that is gone only its counters count', () => {
  const merged = mergeMetrics(page(1, 7, 10), [{ worker: undefined, text: page(5, 3, 99) }]);
  expect(lines(merged)).toContain('requests_total{endpoint="a",status="200"} 6');
  expect(lines(merged)).toContain('halyard_reply_cache_bytes 10');
  expect(merged).not.toContain('halyard_worker');
});

it('families and labels that only a worker knows are kept', () => {
  const own = '# HELP a_total A.\n# TYPE a_total counter\na_total{x="1"} 1\n';
  const other = 'a_total{x="2 }"} 4\n# HELP b B.\n# TYPE b gauge\nb NaN\n';
  expect(lines(mergeMetrics(own, [{ worker: 1, text: `# TYPE a_total counter\n${other}` }]))).toEqual([
    'a_total{x="1"} 1',
    'a_total{x="2 }"} 4',
    'b NaN',
  ]);
});
