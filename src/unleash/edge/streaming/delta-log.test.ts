import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { finish } from '../../../flags/steps.ts';
import { applyDelta, type RawDefinitions } from '../../definitions/delta.ts';
import { type ClientFeatures, type FeatureScope, RawFeature } from '../types.ts';
import { DeltaLog, originalDeltaLogLimits } from './delta-log.ts';
import { isInScope } from './events.ts';
import { revisionOf } from './revision.ts';

const nowMs = 1_800_000_000_000;
const feature = (name: string, project = 'dx', enabled = true): RawFeature =>
  new RawFeature({ name, project, enabled });
const document = (features: readonly RawFeature[], segments: readonly number[] = []): ClientFeatures => ({
  version: 2,
  features,
  segments: segments.map((id) => ({ id })),
});
const everything: FeatureScope = { cacheKey: 'e', projects: ['*'] };
const create = (limits = originalDeltaLogLimits) => new DeltaLog(limits, () => nowMs);
const update = (log: DeltaLog, next: ClientFeatures, events?: readonly unknown[]) => finish(log.update(next, events));
const hydration = (eventId: number, next: ClientFeatures) => ({ type: 'hydration', eventId, ...next });
interface Event {
  readonly type: string;
  readonly eventId: number;
}
const since = (log: DeltaLog, id: number, scope = everything): Event[] => {
  const answer = log.since(id, scope);
  return answer.kind === 'nothing' ? [] : JSON.parse(answer.text).events;
};

interface DeltaVectors {
  readonly endpoint: readonly {
    readonly hydration_id: number;
    readonly after?: readonly Event[];
    readonly after_ids?: readonly number[];
    readonly if_none_match: string | null;
    readonly code: number;
    readonly events?: readonly string[];
    readonly event_ids?: readonly number[];
    readonly etag?: string;
  }[];
  readonly filter_events: readonly { id: number; type: string; name?: string; project?: string }[];
  readonly filter_cases: readonly { revision?: number; projects?: string[]; namePrefix?: string; expect: number[] }[];
}
const vectors = edgeVectors<DeltaVectors>('delta');

describe('DeltaLog', () => {
  it.each(vectors.endpoint)('answers like the original: %j', (vector) => {
    const log = create();
    const start = document([feature('test'), feature('other')]);
    update(log, start, [hydration(vector.hydration_id, start)]);
    const removals =
      vector.after ??
      (vector.after_ids ?? []).map((eventId) => ({ type: 'segment-updated', eventId, segment: { id: eventId } }));
    for (const event of removals) update(log, document([feature('other')]), [event]);
    const answer = log.since(revisionOf(vector.if_none_match ?? undefined), everything);
    expect(answer.kind === 'nothing' ? 304 : 200).toBe(vector.code);
    if (answer.kind === 'nothing') return;
    const events = JSON.parse(answer.text).events as Event[];
    if (vector.events !== undefined) expect(events.map(({ type }) => type)).toEqual(vector.events);
    if (vector.event_ids !== undefined) expect(events.map(({ eventId }) => eventId)).toEqual(vector.event_ids);
    if (vector.etag !== undefined) expect(String(answer.id)).toBe(vector.etag);
  });

  it.each(vectors.filter_cases)('filters like the original: %j', ({ revision, projects, namePrefix, expect: ids }) => {
    const log = create();
    // A base below the first event, so that revision 0 can be asked for as "known".
    const held = document(
      vector_features().map(({ name = '', project }) => feature(name, project)),
      [1, 2],
    );
    update(log, held, [hydration(10, held)]);
    const events = vectors.filter_events.map(({ id, type, name, project }) =>
      type.startsWith('segment')
        ? { type, eventId: id + 10, segment: { id }, segmentId: id }
        : { type, eventId: id + 10, feature: { name, project }, featureName: name, project },
    );
    update(log, held, events);
    const scope = { cacheKey: 'e', projects: projects ?? ['*'], namePrefix };
    expect(since(log, 10 + (revision ?? 0), scope).map(({ eventId }) => eventId - 10)).toEqual(ids);
  });
  const vector_features = () => vectors.filter_events.filter(({ name }) => name !== undefined);

  it('says everything to whoever knows nothing, or something that it does not remember', () => {
    const log = create({ events: 2, answers: 10 });
    expect(log.since(0, everything)).toEqual({ kind: 'nothing' });
    const start = document([feature('a'), feature('b', 'eg')], [1]);
    update(log, start, [hydration(10, start)]);
    expect(since(log, 0)).toEqual([
      hydration(10, {
        features: start.features.map((one) => one.parse()),
        segments: start.segments,
      } as unknown as ClientFeatures),
    ]);
    expect(since(log, 0, { cacheKey: 'e', projects: ['eg'] })).toMatchObject([
      { features: [{ name: 'b' }], segments: [{ id: 1 }] },
    ]);
    for (let id = 11; id <= 13; id++)
      update(log, start, [{ type: 'segment-updated', eventId: id, segment: { id: 1 } }]);
    expect(since(log, 10)).toMatchObject([{ type: 'hydration', eventId: 13 }]);
    expect(since(log, 11)).toMatchObject([{ eventId: 12 }, { eventId: 13 }]);
  });

  it('takes a hydration without flags', () => {
    const log = create();
    update(log, document([]), [hydration(10, document([]))]);
    expect(since(log, 0)).toEqual([{ type: 'hydration', eventId: 10, features: [], segments: [] }]);
    expect(since(log, 10)).toEqual([]);
  });

  it('works events out where upstream sends whole documents, with ids that grow across restarts', () => {
    const log = create();
    update(log, document([feature('a'), feature('b')], [1]));
    const first = log.lastId;
    expect(first).toBe((nowMs - Date.UTC(2020, 0, 1)) / 250);
    update(log, document([feature('a'), feature('b')], [1]));
    expect(log.lastId).toBe(first);
    update(log, document([feature('a', 'dx', false), feature('c')], [2]));
    expect(since(log, first)).toMatchObject([
      { type: 'segment-updated', eventId: first + 1, segment: { id: 2 } },
      { type: 'feature-updated', eventId: first + 1, feature: { name: 'a', enabled: false } },
      { type: 'feature-updated', eventId: first + 1, feature: { name: 'c' } },
      { type: 'feature-removed', eventId: first + 1, featureName: 'b', project: 'dx' },
      { type: 'segment-removed', eventId: first + 1, segmentId: 1 },
    ]);
  });

  it('tells a project that a flag has left it', () => {
    for (const events of [undefined, [{ type: 'feature-updated', eventId: 11, feature: feature('a', 'eg') }]]) {
      const log = create();
      const start = document([feature('a', 'dx')]);
      update(log, start, events && [hydration(10, start)]);
      const { lastId } = log;
      update(log, document([feature('a', 'eg')]), events);
      expect(since(log, lastId, { cacheKey: 'e', projects: ['dx'] })).toMatchObject([{ type: 'feature-removed' }]);
      expect(since(log, lastId, { cacheKey: 'e', projects: ['eg'] })).toMatchObject([{ type: 'feature-updated' }]);
    }
  });

  it('turns a hydration into the difference for those who follow', () => {
    const log = create();
    const start = document([feature('a'), feature('b')]);
    update(log, start, [hydration(10, start)]);
    const next = document([feature('a'), feature('b', 'dx', false)]);
    update(log, next, [hydration(20, next)]);
    expect(since(log, 10)).toMatchObject([{ type: 'feature-updated', eventId: 20, feature: { name: 'b' } }]);
    expect(since(log, 20)).toEqual([]);
    // Upstream started anew: ids go on growing for readers.
    update(log, start, [hydration(3, start)]);
    expect(since(log, 20)).toMatchObject([{ type: 'feature-updated', eventId: 21 }]);
  });

  it('goes over to the ids of upstream when it first hears them, and back to everything for old readers', () => {
    const log = create();
    const start = document([feature('a')]);
    update(log, start);
    const own = log.lastId;
    update(log, start, [hydration(7, start)]);
    expect(log.lastId).toBe(7);
    expect(since(log, own)).toMatchObject([{ type: 'hydration', eventId: 7 }]);
    expect(since(log, 8)).toEqual([]);
  });

  it('leads every reader to the present state, from wherever it starts', () => {
    const names = fc.constantFrom('a', 'ab', 'b', 'c');
    const projects = fc.constantFrom('dx', 'eg');
    const flags = fc.uniqueArray(fc.record({ name: names, project: projects, enabled: fc.boolean() }), {
      selector: ({ name }) => name,
    });
    const documents = fc.array(fc.tuple(flags, fc.uniqueArray(fc.nat({ max: 3 }))), { minLength: 1, maxLength: 8 });
    const scopes = fc.record({
      projects: fc.constantFrom(['*'], ['dx'], ['eg'], ['dx', 'eg']),
      namePrefix: fc.constantFrom(undefined, 'a'),
    });
    fc.assert(
      fc.property(
        documents,
        scopes,
        fc.array(fc.boolean()),
        fc.integer({ min: 1, max: 6 }),
        (states, seen, polls, limit) => {
          const log = create({ events: limit, answers: 4 });
          const scope = { cacheKey: 'e', ...seen };
          let id = 0;
          let held: RawDefinitions | undefined;
          const read = () => {
            const answer = log.since(id, scope);
            if (answer.kind === 'nothing') return;
            held = applyDelta(held, JSON.parse(answer.text)).state;
            id = answer.id;
          };
          for (const [index, [features, segments]] of states.entries()) {
            update(log, document(raw(features), segments));
            if (polls[index] === true) read();
          }
          read();
          const [features, segments] = states.at(-1) as (typeof states)[number];
          const visible = features.filter((item) => isInScope(scope, item));
          expect([...(held?.features.values() ?? [])].sort(byName)).toEqual([...visible].sort(byName));
          expect([...(held?.segments.keys() ?? [])].sort()).toEqual([...segments].sort());
        },
      ),
      { numRuns: 300 },
    );
  });
});

function raw(features: readonly { readonly name: string }[]): RawFeature[] {
  return features.map((item) => new RawFeature({ ...item }));
}

function byName(a: unknown, b: unknown): number {
  return (a as RawFeature).name < (b as RawFeature).name ? -1 : 1;
}
