import { isRecord } from '../../definitions/is-record.ts';
import type { ClientFeatures, FeatureScope, RawFeature, RawSegment } from '../types.ts';

/** One change, encoded once for everybody who is to hear of it. */
export interface LoggedEvent {
  readonly id: number;
  /** The flag concerned; undefined for segments, which everybody hears of. */
  readonly feature: { readonly name: string; readonly project: string | undefined } | undefined;
  /** The event as JSON. */
  readonly text: string;
}

/** Makes the event of a flag that is new or has changed. */
export function featureUpdated(id: number, feature: RawFeature): LoggedEvent {
  return { id, feature: whose(feature), text: `{"type":"feature-updated","eventId":${id},"feature":${feature.text}}` };
}

/** Makes the event of a flag that is gone, or has left its project. */
export function featureRemoved(id: number, feature: RawFeature): LoggedEvent {
  const { name, project } = whose(feature);
  const event = { type: 'feature-removed', eventId: id, featureName: name, project: project ?? 'default' };
  return { id, feature: { name, project }, text: JSON.stringify(event) };
}

export function segmentUpdated(id: number, text: string): LoggedEvent {
  return { id, feature: undefined, text: `{"type":"segment-updated","eventId":${id},"segment":${text}}` };
}

export function segmentRemoved(id: number, segmentId: unknown): LoggedEvent {
  const event = { type: 'segment-removed', eventId: id, segmentId };
  return { id, feature: undefined, text: JSON.stringify(event) };
}

/**
 * The state as one event: the flags of a scope and all segments.
 *
 * @param features JSON of each flag
 */
export function hydrationText(id: number, features: readonly string[], segments: readonly string[]): string {
  return `{"type":"hydration","eventId":${id},"features":[${features.join(',')}],"segments":[${segments.join(',')}]}`;
}

/** A list of events as the API sends it. */
export function eventsText(texts: readonly string[]): string {
  return `{"events":[${texts.join(',')}]}`;
}

/** Whether a scope hears of a flag. As in the client API, flags without a project are never shown (19.3, 9.1). */
export function isInScope(
  { projects, namePrefix }: FeatureScope,
  { name, project }: { readonly name: string; readonly project: string | undefined },
): boolean {
  if (project === undefined) return false;
  if (projects.length > 0 && !projects.includes('*') && !projects.includes(project)) return false;
  return namePrefix === undefined || name.startsWith(namePrefix);
}

/** What decides whether a scope hears of a flag. */
export function whose({ name, project }: RawFeature): { name: string; project: string | undefined } {
  return { name, project };
}

/**
 * Reads upstream's events for passing them on as they are.
 *
 * @returns undefined when they have to be worked out anew: they hold a hydration, are out of order, or are no events
 */
export function readIncrements(
  events: readonly unknown[],
  afterId: number,
  held: ReadonlyMap<string, RawFeature>,
): LoggedEvent[] | undefined {
  const read: LoggedEvent[] = [];
  let lastId = afterId;
  for (const event of events) {
    if (!isRecord(event) || !isEventId(event.eventId) || event.eventId <= lastId) return undefined;
    lastId = event.eventId;
    const logged = readIncrement(event, lastId, held, read);
    if (logged === undefined) return undefined;
    read.push(logged);
  }
  return read;
}

function readIncrement(
  event: Record<string, unknown>,
  id: number,
  held: ReadonlyMap<string, RawFeature>,
  read: LoggedEvent[],
): LoggedEvent | undefined {
  const text = JSON.stringify(event);
  switch (event.type) {
    case 'feature-updated': {
      if (!isRecord(event.feature) || typeof event.feature.name !== 'string') return undefined;
      const { name } = event.feature;
      const project = typeof event.feature.project === 'string' ? event.feature.project : undefined;
      const old = held.get(name);
      // Whoever saw the flag only in its old project has to be told that it is gone.
      if (old !== undefined && old.project !== project) read.push(featureRemoved(id, old));
      return { id, feature: { name, project }, text };
    }
    case 'feature-removed': {
      if (typeof event.featureName !== 'string') return undefined;
      const project = typeof event.project === 'string' ? event.project : held.get(event.featureName)?.project;
      return { id, feature: { name: event.featureName, project }, text };
    }
    case 'segment-updated':
    case 'segment-removed':
      return { id, feature: undefined, text };
    default:
      return undefined;
  }
}

/** The highest id among upstream's events; undefined without any. */
export function highestId(events: readonly unknown[] | undefined): number | undefined {
  let highest: number | undefined;
  for (const event of events ?? []) {
    if (isRecord(event) && isEventId(event.eventId) && event.eventId > (highest ?? -1)) highest = event.eventId;
  }
  return highest;
}

/** Ids are what fits into the original's unsigned 32 bits. */
export function isEventId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
}

/** Flags and segments of a document by what identifies them. */
export function byKey(document: ClientFeatures): {
  features: Map<string, RawFeature>;
  segments: Map<unknown, RawSegment>;
} {
  return {
    features: new Map(document.features.map((feature) => [feature.name, feature])),
    segments: new Map((document.segments ?? []).map((segment) => [segment.id, segment])),
  };
}
