import { finish, type Steps } from '../../flags/steps.ts';
import { isRecord } from './is-record.ts';
import { LightFeature, type ReadSource } from './light-feature.ts';
import { RawFeature } from './raw-feature.ts';
import { readConstraints } from './read-constraints.ts';
import { readFeature } from './read-feature.ts';
import { reusable, sameSegments, unchanged } from './reuse.ts';
import { servingOrder } from './serving-order.ts';
import type { DefinitionIssue, Definitions, FeatureDefinition, SegmentDefinition } from './types.ts';

/** Most problems reported for one document; the rest is counted. A hostile document must not fill the log. */
const maximumIssues = 100;

/** The document is no set of definitions at all. What was held before stays. */
export class UnusableDefinitionsError extends Error {
  override readonly name = 'UnusableDefinitionsError';
}

/** Changes a flag that was read, by what a dialect makes of it. */
export type PrepareFeature = (
  feature: FeatureDefinition,
  segments: Definitions['segments'],
  issues: DefinitionIssue[],
) => FeatureDefinition;

/** What else becomes of the flags of a document. */
export interface ReadOptions {
  /** The document before: flags with the same text are taken from it. */
  readonly before?: Definitions | undefined;
  /** What a dialect makes of each flag; its issues follow those of reading. */
  readonly prepare?: PrepareFeature;
  /** True: the flags are in order, each name once. Otherwise they are put into {@link servingOrder}. */
  readonly inOrder?: boolean;
  /**
   * Told of each flag that was read, with everything in it: who needs that has it here without reading it again.
   *
   * @param segments those of the definitions
   */
  readonly whenRead?: (feature: FeatureDefinition, whole: FeatureDefinition, segments: Definitions['segments']) => void;
}

/**
 * Reads a parsed `client/features` document, in steps: yields after each flag. Problems inside flags are reported and
 * stay inside; only a document without a list of features, or with one that holds nothing of the kind, is refused.
 *
 * Flags are parsed objects or {@link RawFeature}, and come out without what only compiling needs ({@link LightFeature}).
 *
 * @throws UnusableDefinitionsError
 */
export function* readDefinitionsInSteps(
  document: unknown,
  { before, prepare = asRead, inOrder = false, whenRead }: ReadOptions = {},
): Steps<Definitions> {
  if (!isRecord(document) || !Array.isArray(document.features)) {
    throw new UnusableDefinitionsError('the answer holds no list "features"');
  }
  const issues: DefinitionIssue[] = [];
  let unreported = 0;
  const reporter = (subject: string | undefined) => (message: string) => {
    if (issues.length < maximumIssues) issues.push({ subject, message });
    else unreported++;
  };

  const earlier = before && (yield* reusable(before));
  const segments = yield* sameSegments(earlier, yield* readSegments(document.segments, reporter));
  const features: FeatureDefinition[] = [];
  const prepared: DefinitionIssue[] = [];
  const { alone, withSegments } = sourceReaders(prepare, segments);
  for (const entry of document.features) {
    const name = isRecord(entry) && typeof entry.name === 'string' ? entry.name : undefined;
    const source = entry instanceof RawFeature ? entry.text : JSON.stringify(entry);
    let feature = unchanged(earlier, name, source, segments);
    if (feature === undefined) {
      const read = readFeature(entry instanceof RawFeature ? entry.parse() : entry, source, reporter(name));
      const ready = read && prepare(read, segments, prepared);
      if (ready !== undefined) {
        const light = new LightFeature(ready, name ?? ready.name, read?.usesSegments ? withSegments : alone);
        whenRead?.(light, light.complete(ready), segments);
        feature = light;
      }
    }
    if (feature !== undefined) features.push(feature);
    yield;
  }
  // Single odd entries are left out; a list of nothing but such is no list of flags.
  if (features.length === 0 && document.features.length > 0) {
    throw new UnusableDefinitionsError('no entry of "features" is a flag');
  }
  if (unreported > 0) issues.push({ subject: undefined, message: `${unreported} more problems of this kind` });
  issues.push(...prepared);
  if (inOrder) return { features, segments, issues };
  yield;
  const ordered = servingOrder(features);
  yield;
  return { features: ordered, segments, issues };
}

/** Reads a parsed document at once. @throws UnusableDefinitionsError */
export function readDefinitions(document: unknown): Definitions {
  return finish(readDefinitionsInSteps(document));
}

/**
 * Not written where it is the default: on Bun a function that is made in a generator keeps all that the generator held, so
 * that each document would keep the one before.
 */
const asRead: PrepareFeature = (feature) => feature;

/** How flags are read again. A flag that uses no segments must not keep those of a document that is long gone. */
function sourceReaders(
  prepare: PrepareFeature,
  segments: Definitions['segments'],
): { readonly alone: ReadSource; readonly withSegments: ReadSource } {
  const reader = (known: Definitions['segments']) => (source: string) =>
    prepare(readFeature(JSON.parse(source), source, () => undefined) as FeatureDefinition, known, []);
  return { alone: reader(new Map()), withSegments: reader(segments) };
}

function* readSegments(
  value: unknown,
  reporter: (subject: string | undefined) => (message: string) => void,
): Steps<Map<unknown, SegmentDefinition>> {
  const segments = new Map<unknown, SegmentDefinition>();
  if (value === undefined || value === null) return segments;
  if (!Array.isArray(value)) {
    reporter(undefined)('"segments" is not a list: strategies that use segments count as false');
    return segments;
  }
  for (const entry of value) {
    if (!isRecord(entry)) {
      reporter(undefined)('a segment that is no object was left out');
      continue;
    }
    const constraints = readConstraints(entry.constraints, reporter(`segment ${String(entry.id)}`));
    segments.set(entry.id, { id: entry.id, constraints, source: entry });
    yield;
  }
  return segments;
}
