import type { Steps } from '../../flags/steps.ts';
import type { Definitions, FeatureDefinition, SegmentDefinition } from './types.ts';

/** What an earlier document leaves for the next one. */
export interface Earlier {
  readonly segments: ReadonlyMap<unknown, SegmentDefinition>;
  /** Flags that were read without a problem, by name. */
  readonly features: ReadonlyMap<string, FeatureDefinition>;
}

/**
 * Makes an earlier document's parts available for the next one, in steps: a flag whose text is the same is not read again, and
 * what was compiled from it goes on being used. Flags with problems are read anew, so that the problems are told again.
 *
 * @returns undefined where nobody can tell which flags have problems, because there were too many to report
 */
export function* reusable({ features, segments, issues }: Definitions): Steps<Earlier | undefined> {
  const faulty = new Set<string>();
  for (const { subject } of issues) {
    if (subject === undefined) return undefined;
    faulty.add(subject);
  }
  const clean = new Map<string, FeatureDefinition>();
  for (const feature of features) {
    if (!faulty.has(feature.name)) clean.set(feature.name, feature);
    yield;
  }
  return { segments, features: clean };
}

/**
 * The flag of an earlier document with the same text; undefined when it has to be read.
 *
 * @param segments those of the new document; the earlier ones where they did not change
 */
export function unchanged(
  earlier: Earlier | undefined,
  name: string | undefined,
  source: string,
  segments: Definitions['segments'],
): FeatureDefinition | undefined {
  if (earlier === undefined || name === undefined) return undefined;
  const feature = earlier.features.get(name);
  if (feature === undefined || feature.source !== source) return undefined;
  return earlier.segments === segments || !feature.usesSegments ? feature : undefined;
}

/** The earlier segments where the new ones are the same, in steps, so that what was made of them can be recognised. */
export function* sameSegments(
  earlier: Earlier | undefined,
  segments: Definitions['segments'],
): Steps<Definitions['segments']> {
  if (earlier === undefined || earlier.segments.size !== segments.size) return segments;
  const before = earlier.segments.values();
  for (const { source } of segments.values()) {
    if (JSON.stringify(source) !== JSON.stringify((before.next().value as SegmentDefinition).source)) return segments;
    yield;
  }
  return earlier.segments;
}
