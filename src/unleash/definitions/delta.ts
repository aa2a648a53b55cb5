import { isRecord } from './is-record.ts';
import { UnusableDefinitionsError } from './read-document.ts';

/** Raw definitions as they arrive, before reading: flags by name, segments by id. */
export interface RawDefinitions {
  readonly features: ReadonlyMap<string, unknown>;
  readonly segments: ReadonlyMap<unknown, unknown>;
}

/**
 * Applies a delta answer, `{events: […]}`, to what is held. Events are applied in order; a hydration replaces
 * everything, and events of a kind that this version does not know are skipped.
 *
 * Source: Unleash client API, delta; client-specification 19 and 20.
 *
 * @returns the new state, and the same as one `client/features` document
 * @throws UnusableDefinitionsError when there is no list of events
 */
export function applyDelta(
  held: RawDefinitions | undefined,
  delta: unknown,
): { state: RawDefinitions; document: { version: number; features: unknown[]; segments: unknown[] } } {
  if (!isRecord(delta) || !Array.isArray(delta.events)) {
    throw new UnusableDefinitionsError('the answer holds no list "events"');
  }
  let features = new Map(held?.features);
  let segments = new Map(held?.segments);
  for (const event of delta.events) {
    if (!isRecord(event)) continue;
    switch (event.type) {
      case 'hydration':
        features = byKey(event.features, 'name') as Map<string, unknown>;
        segments = byKey(event.segments, 'id');
        break;
      case 'feature-updated':
        if (isRecord(event.feature)) features.set(event.feature.name as string, event.feature);
        break;
      case 'feature-removed':
        features.delete(event.featureName as string);
        break;
      case 'segment-updated':
        if (isRecord(event.segment)) segments.set(event.segment.id, event.segment);
        break;
      case 'segment-removed':
        segments.delete(event.segmentId);
        break;
    }
  }
  const document = { version: 2, features: [...features.values()], segments: [...segments.values()] };
  return { state: { features, segments }, document };
}

function byKey(list: unknown, key: string): Map<unknown, unknown> {
  return new Map(Array.isArray(list) ? list.filter(isRecord).map((entry) => [entry[key], entry]) : []);
}
