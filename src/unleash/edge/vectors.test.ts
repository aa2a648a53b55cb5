import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { edgeVectors, isFor19 } from '../../../test/support/edge-vectors.ts';
import { createTagger } from './api/entity.ts';
import { normalisePath } from './api/paths.ts';
import { createClientIp } from './context/client-ip.ts';
import { readQueryContext } from './context/query-context.ts';
import { ContextError, readContext } from './context/read-context.ts';
import { mergeFeatures } from './documents/merge.ts';
import { readFeature } from './documents/read-features.ts';
import { featuresInScope, segmentsOf } from './documents/scope.ts';
import { RawFeature } from './types.ts';

/** A context in the way the vectors write it: only what is there, properties null when there are none. */
function shown({ currentTime, properties, ...fields }: ReturnType<typeof readContext>) {
  const there = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return {
    ...there,
    ...(currentTime === undefined ? {} : { currentTime: currentTime.getTime() }),
    properties: Object.keys(properties).length === 0 ? null : { ...properties },
  };
}

describe('context', () => {
  interface Row {
    readonly tags?: readonly string[];
    readonly in?: unknown;
    readonly query?: string;
    readonly out?: Readonly<Record<string, unknown>>;
    readonly error?: boolean;
  }
  const rows = edgeVectors<Row[]>('context').filter((row) => isFor19(row) || row.tags?.includes('20.x'));
  test.each(rows)('%j', (row) => {
    if (row.error) {
      expect(() => readContext(row.in)).toThrow(ContextError);
      return;
    }
    const context = row.query === undefined ? readContext(row.in) : readQueryContext(row.query);
    const { currentTime, ...out } = row.out ?? {};
    const time = typeof currentTime === 'string' ? { currentTime: Date.parse(currentTime) } : {};
    expect(shown(context)).toMatchObject({ ...out, ...time });
    if (out.properties === null) expect(shown(context).properties).toBeNull();
  });
});

describe('client_ip', () => {
  interface Row {
    readonly trust_proxy?: boolean;
    readonly trusted?: readonly string[];
    readonly peer: string;
    readonly 'X-Forwarded-For'?: string;
    readonly Forwarded?: string;
    readonly context_remoteAddress?: string;
    readonly expect: string;
  }
  const rows = edgeVectors<Row[]>('client_ip').filter((row) => row.context_remoteAddress === undefined);
  test.each(rows)('%j', (row) => {
    const clientIp = createClientIp({
      trustProxy: row.trust_proxy ?? false,
      trustedServers: (row.trusted ?? []).map((range) => ipaddr.parseCIDR(range)),
    });
    const headers: Record<string, string | undefined> = {
      forwarded: row.Forwarded,
      'x-forwarded-for': row['X-Forwarded-For'],
    };
    const request = { header: (name: string) => headers[name], peerAddress: () => row.peer };
    expect(clientIp(request as never)).toBe(row.expect);
  });
});

test.each(edgeVectors<{ in: string; out: string }[]>('path_normalisation').filter((row) => !row.in.includes('/docs/')))(
  'path_normalisation $in',
  (row) => {
    const [path = '', ...query] = row.in.split('?');
    expect([normalisePath(path), ...query].join('?')).toBe(row.out);
  },
);

describe('etag_le19', () => {
  interface Row {
    readonly body_utf8?: string;
    readonly etag?: string | null;
    readonly force_strong?: boolean;
    readonly if_none_match?: string;
    readonly handler_etag?: string;
    readonly method?: string;
  }
  const rows = edgeVectors<Row[]>('etag_le19').filter(
    (row) => typeof row.body_utf8 === 'string' && typeof row.etag === 'string',
  );
  test.each(rows)('%j', async (row) => {
    const tagger = await createTagger(row.force_strong ?? false);
    expect(tagger(new TextEncoder().encode(row.body_utf8))).toBe(row.etag);
  });
});

describe('feature_merge', () => {
  interface Row {
    readonly name: string;
    readonly token_projects?: readonly string[];
    readonly old?: unknown;
    readonly update?: unknown;
    readonly expect?: readonly string[];
    readonly segments_old?: readonly number[];
    readonly segments_update?: readonly number[];
    readonly expect_segments?: readonly number[];
    readonly old_version?: number;
    readonly update_version?: number;
    readonly expect_version?: number;
    readonly '19.x'?: string;
  }
  const features = (value: unknown) => (Array.isArray(value) ? (value.map(readFeature) as RawFeature[]) : []);
  const segments = (ids: readonly number[] | undefined) => (ids ? { segments: ids.map((id) => ({ id })) } : {});
  test.each(edgeVectors<Row[]>('feature_merge'))('$name', (row) => {
    const meta = (value: unknown) => (typeof value === 'string' ? { meta: { etag: value } } : {});
    const merged = mergeFeatures(
      { projects: row.token_projects ?? ['*'] },
      { version: row.old_version ?? 2, features: features(row.old), ...segments(row.segments_old), ...meta(row.old) },
      {
        version: row.update_version ?? 2,
        features: features(row.update),
        ...segments(row.segments_update),
        ...meta(row.update),
      },
    );
    if (row.expect) expect(merged.features.map(({ name }) => name)).toEqual(row.expect);
    if (row.expect_segments) expect(merged.segments?.map(({ id }) => id)).toEqual(row.expect_segments);
    if (row.expect_version) expect(merged.version).toBe(row.expect_version);
    if (row['19.x']) expect(merged.meta).toEqual({ etag: row['19.x'] });
  });
});

test.each(
  edgeVectors<{ segments: number[]; returned_feature_segments: number[] | null; expect?: number[] }[]>(
    'segment_pruning_20',
  ),
)('segment_pruning_20 %j', (row) => {
  const feature = new RawFeature({ name: 'f', strategies: [{ segments: row.returned_feature_segments ?? [] }] });
  const left = segmentsOf(
    [feature],
    row.segments.map((id) => ({ id })),
  );
  expect(left.map(({ id }) => id)).toEqual(row.expect ?? []);
});

// The rows name files of the original's repository; the counts are checked on flags spread the same way.
describe('project_filter_counts', () => {
  interface Row {
    readonly file: string;
    readonly projects?: readonly string[];
    readonly namePrefix?: string;
    readonly features: number;
  }
  const spread: Readonly<Record<string, number>> = { dx: 16, eg: 7, 'unleash-cloud': 1, 'demo-app': 5 };
  const features: RawFeature[] = Object.entries(spread).flatMap(([project, count]) =>
    Array.from(
      { length: count },
      (_, i) => new RawFeature({ name: i < 2 && project === 'eg' ? `embed${i}` : `${project}${i}`, project }),
    ),
  );
  test.each(edgeVectors<Row[]>('project_filter_counts'))('%j', ({ projects = ['*'], namePrefix, features: count }) => {
    expect(featuresInScope(features, { cacheKey: 'e', projects, namePrefix })).toHaveLength(count);
    expect(featuresInScope([new RawFeature({ name: 'embed' })], { cacheKey: 'e', projects, namePrefix })).toHaveLength(
      0,
    );
  });
});
