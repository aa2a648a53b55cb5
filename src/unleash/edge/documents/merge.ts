import { finish, type Steps } from '../../../flags/steps.ts';
import type { ClientFeatures, EdgeToken, RawFeature, RawSegment } from '../types.ts';
import { sortedByNameInSteps } from './by-name.ts';

/** Flags that are looked at in one step. */
const stretch = 512;

/** The project of flags that name none. */
export const defaultProject = 'default';

/**
 * What an environment holds after a token fetched `update`, worked out in steps: the flags of the token's projects are
 * replaced, those of other projects stay. Segments are united; which of them are served is decided when serving.
 *
 * Source: Unleash Edge specification 15.3.
 */
export function* mergeFeaturesInSteps(
  token: Pick<EdgeToken, 'projects'>,
  held: ClientFeatures | undefined,
  update: ClientFeatures,
): Steps<ClientFeatures> {
  if (held === undefined) return { ...update, features: yield* sortedByNameInSteps(update.features) };
  const kept = held.features.filter((feature) => !isOwned(feature, token.projects));
  yield;
  const same = yield* asHeldInSteps(held.features, update.features);
  const segments = mergeSegments(held.segments, update.segments);
  return {
    version: Math.max(held.version, update.version),
    features: yield* sortedByNameInSteps([...kept, ...same]),
    ...(segments === undefined ? {} : { segments }),
    ...optional('query', held.query ?? update.query),
    ...optional('meta', held.meta ?? update.meta),
  };
}

/** The same at once. */
export function mergeFeatures(
  token: Pick<EdgeToken, 'projects'>,
  held: ClientFeatures | undefined,
  update: ClientFeatures,
): ClientFeatures {
  return finish(mergeFeaturesInSteps(token, held, update));
}

/** The held flag in place of each that did not change: nothing is then kept twice, and it is known at once. */
function* asHeldInSteps(held: readonly RawFeature[], features: readonly RawFeature[]): Steps<RawFeature[]> {
  const byName = new Map<string, RawFeature>();
  for (const [index, feature] of held.entries()) {
    byName.set(feature.name, feature);
    if (index % stretch === 0) yield;
  }
  const result: RawFeature[] = [];
  for (const [index, feature] of features.entries()) {
    const same = byName.get(feature.name);
    const isSame = same !== undefined && same !== feature && same.text === feature.text;
    if (isSame) same.sentLike(feature);
    result.push(isSame ? same : feature);
    if (index % stretch === 0) yield;
  }
  return result;
}

/** The project of a raw flag. */
export function projectOf(feature: RawFeature): string {
  return feature.project ?? defaultProject;
}

/** Whether a flag is of one of a token's projects. */
export function isOwned(feature: RawFeature, projects: readonly string[]): boolean {
  return projects.includes('*') || projects.includes(projectOf(feature));
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
