import { finish, type Steps } from '../../flags/steps.ts';
import { wholeFeature } from '../definitions/light-feature.ts';
import type { Definitions, DependencyDefinition, FeatureDefinition } from '../definitions/types.ts';
import { type CompiledFlag, compileFlag, type ParentCondition } from './flag.ts';
import { FlagSet } from './flag-set.ts';
import { type CompiledPart, type ObservedEnvironment, observe } from './observed.ts';
import { firstVariant, type Outcome, off } from './outcome.ts';
import { ProgramBuilder } from './program-builder.ts';
import { sharedParts } from './shared.ts';
import { type CompiledSegments, compileSegments } from './strategies/compile.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/**
 * Compiles a whole document, in steps: the generator yields after each flag, so that a caller with a very large
 * document can let other work in between. Nothing of a half-compiled set is visible to anybody.
 */
export function* compileInSteps(definitions: Definitions, outside: EngineEnvironment): Steps<FlagSet> {
  const environment = observe(outside);
  const segments = segmentsOf(definitions.segments, environment);
  const reads = new Set<string>();
  const flags: CompiledFlag[] = [];
  for (const feature of definitions.features) {
    const part = partOf(feature, definitions.segments, segments, environment);
    flags.push(part.flag);
    for (const name of part.reads) reads.add(name);
    yield;
  }
  const linked = yield* linkParents(definitions.features, flags, environment);
  yield;
  const program = new ProgramBuilder(linked.length);
  for (const flag of linked) {
    program.add(flag);
    yield;
  }
  return new FlagSet(linked, program.finish(), reads, environment.asked);
}

/**
 * Compiles flags as they are read: what {@link compileInSteps} then finds. Reading them again for it takes longer than
 * compiling them.
 */
export function compileWhenRead(
  outside: EngineEnvironment,
): (feature: FeatureDefinition, whole: FeatureDefinition, segments: Definitions['segments']) => void {
  const environment = observe(outside);
  return (feature, whole, segments) => {
    partOf(feature, segments, segmentsOf(segments, environment), environment, whole);
  };
}

/** Compiled once, also where a later document takes them over. They stay as long as their definitions do. */
function segmentsOf(segments: Definitions['segments'], environment: ObservedEnvironment): CompiledSegments {
  let compiled = environment.compiledSegments.get(segments);
  if (compiled === undefined) {
    compiled = compileSegments(segments.values(), environment);
    environment.compiledSegments.set(segments, compiled);
  }
  return compiled;
}

/** A flag by itself. One that was taken over from an earlier document is compiled already. */
function partOf(
  feature: FeatureDefinition,
  defined: Definitions['segments'],
  segments: CompiledSegments,
  environment: ObservedEnvironment,
  whole?: FeatureDefinition,
): CompiledPart {
  const known = environment.compiledFlags.get(feature);
  if (known !== undefined && (known.segments === undefined || known.segments === defined)) return known;
  const reads = new Set<string>();
  const flag = compileFlag(whole ?? wholeFeature(feature), segments, reads, environment);
  const names = [...reads];
  const part = {
    flag,
    reads: sharedParts(environment).reads.once(names.join('\n'), () => names),
    segments: feature.usesSegments ? defined : undefined,
  };
  environment.compiledFlags.set(feature, part);
  return part;
}

/** Compiles a whole document at once. */
export function compile(definitions: Definitions, environment: EngineEnvironment): FlagSet {
  return finish(compileInSteps(definitions, environment));
}

function* linkParents(
  features: readonly FeatureDefinition[],
  flags: readonly CompiledFlag[],
  { semantics }: EngineEnvironment,
): Steps<readonly CompiledFlag[]> {
  if (features.every((feature) => !hasParents(feature))) return flags;
  const withoutVariant = semantics === 'yggdrasil';
  const indexByName = new Map(features.map((feature, index) => [feature.name, index]));
  yield;
  const link = (feature: FeatureDefinition, flag: CompiledFlag): CompiledFlag => {
    if (feature.dependencies === 'broken') return { ...flag, settled: off };
    if (feature.dependencies.length === 0 || flag.settled === off) return flag;
    const parents: ParentCondition[] = [];
    for (const dependency of feature.dependencies) {
      const parentIndex = indexByName.get(dependency.feature);
      const parent = parentIndex === undefined ? undefined : features[parentIndex];
      // Only one level is allowed: a parent with parents of its own is never satisfied.
      if (parentIndex === undefined || parent === undefined || hasParents(parent)) {
        return { ...flag, settled: off };
      }
      parents.push({
        index: parentIndex,
        holds: parentTest(dependency, flags[parentIndex] as CompiledFlag, withoutVariant),
      });
    }
    const open = parents.filter(({ index: parentIndex }) => flags[parentIndex]?.settled === undefined);
    const closed = parents.filter((parent) => !open.includes(parent));
    if (closed.some(({ index: parentIndex, holds }) => !holds(flags[parentIndex]?.settled as Outcome))) {
      return { ...flag, settled: off };
    }
    if (open.length === 0) return flag;
    return { ...flag, parents: open, settled: undefined };
  };
  const linked: CompiledFlag[] = [];
  for (const [index, feature] of features.entries()) {
    linked.push(link(feature, flags[index] as CompiledFlag));
    yield;
  }
  return linked;
}

/** Also where they could not be read. */
export function hasParents({ dependencies }: FeatureDefinition): boolean {
  return dependencies === 'broken' || dependencies.length > 0;
}

/**
 * What a parent's answer has to be.
 *
 * @param withoutVariant whether a parent that is on without any variant counts as having each of the wanted ones, as
 * Yggdrasil has it
 */
export function parentTest(
  dependency: DependencyDefinition,
  parent: Pick<CompiledFlag, 'variants'>,
  withoutVariant: boolean,
): ParentCondition['holds'] {
  if (!dependency.enabled) return (outcome) => outcome === off;
  if (dependency.variants.length === 0) return (outcome) => outcome !== off;
  const names = new Set(dependency.variants);
  const bare = withoutVariant || names.has('disabled');
  return (outcome) => {
    if (outcome === off) return false;
    const variant = parent.variants[outcome - firstVariant];
    return variant === undefined ? bare : names.has(variant.name);
  };
}
