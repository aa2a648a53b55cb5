import type { ClientFeatures, EdgeToken, RawFeature, RawSegment } from '../types.ts';
import { sortedByName } from './by-name.ts';

/** The project of flags that name none. */
export const defaultProject = 'default';

/**
 * What an environment holds after a token fetched `update`: the flags of the token's projects are replaced, those of
 * other projects stay. Segments are united; which of them are served is decided when serving.
 *
 * Source: Unleash Edge specification 15.3.
 */
export function mergeFeatures(
  token: Pick<EdgeToken, 'projects'>,
  held: ClientFeatures | undefined,
  update: ClientFeatures,
): ClientFeatures {
  if (held === undefined) return { ...update, features: sortedByName(update.features) };
  const kept = token.projects.includes('*') ? [] : held.features.filter((feature) => !isOwned(feature, token.projects));
  const segments = mergeSegments(held.segments, update.segments);
  return {
    version: Math.max(held.version, update.version),
    features: sortedByName([...kept, ...update.features]),
    ...(segments === undefined ? {} : { segments }),
    ...optional('query', held.query ?? update.query),
    ...optional('meta', held.meta ?? update.meta),
  };
}

/** The project of a raw flag. */
export function projectOf(feature: RawFeature): string {
  return typeof feature.project === 'string' ? feature.project : defaultProject;
}

function isOwned(feature: RawFeature, projects: readonly string[]): boolean {
  return projects.includes(projectOf(feature));
}

function mergeSegments(
  held: readonly RawSegment[] | undefined,
  update: readonly RawSegment[] | undefined,
): readonly RawSegment[] | undefined {
  if (held === undefined || update === undefined) return update ?? held;
  const byId = new Map([...held, ...update].map((segment) => [segment.id, segment]));
  return [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
}

function optional(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
