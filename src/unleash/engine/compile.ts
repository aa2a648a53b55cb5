import { finish, type Steps } from '../../flags/steps.ts';
import type { Definitions, DependencyDefinition, FeatureDefinition } from '../definitions/types.ts';
import { type CompiledFlag, compileFlag, type ParentCondition } from './flag.ts';
import { FlagSet } from './flag-set.ts';
import { observe } from './observed.ts';
import { firstVariant, type Outcome, off } from './outcome.ts';
import { compileSegments } from './strategies/compile.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/**
 * Compiles a whole document, in steps: the generator yields after each flag, so that a caller with a very large
 * document can let other work in between. Nothing of a half-compiled set is visible to anybody.
 */
export function* compileInSteps(definitions: Definitions, outside: EngineEnvironment): Steps<FlagSet> {
  const environment = observe(outside);
  const segments = compileSegments(definitions.segments.values(), environment);
  const reads = new Set<string>();
  const flags: CompiledFlag[] = [];
  for (const feature of definitions.features) {
    flags.push(compileFlag(feature, segments, reads, environment));
    yield;
  }
  const linked = linkParents(definitions.features, flags, environment);
  yield;
  return new FlagSet(linked, reads, environment.asked);
}

/** Compiles a whole document at once. */
export function compile(definitions: Definitions, environment: EngineEnvironment): FlagSet {
  return finish(compileInSteps(definitions, environment));
}

function linkParents(
  features: readonly FeatureDefinition[],
  flags: readonly CompiledFlag[],
  { semantics }: EngineEnvironment,
): CompiledFlag[] {
  const withoutVariant = semantics === 'yggdrasil';
  const indexByName = new Map(features.map((feature, index) => [feature.name, index]));
  return features.map((feature, index) => {
    const flag = flags[index] as CompiledFlag;
    if (feature.dependencies === 'broken') return { ...flag, decide: off };
    if (feature.dependencies.length === 0 || flag.decide === off) return flag;
    const parents: ParentCondition[] = [];
    for (const dependency of feature.dependencies) {
      const parentIndex = indexByName.get(dependency.feature);
      const parent = parentIndex === undefined ? undefined : features[parentIndex];
      // Only one level is allowed: a parent with parents of its own is never satisfied.
      if (parentIndex === undefined || parent === undefined || hasParents(parent)) {
        return { ...flag, decide: off };
      }
      parents.push({
        index: parentIndex,
        holds: parentTest(dependency, flags[parentIndex] as CompiledFlag, withoutVariant),
      });
    }
    const open = parents.filter(({ index: parentIndex }) => typeof flags[parentIndex]?.decide !== 'number');
    const closed = parents.filter((parent) => !open.includes(parent));
    if (closed.some(({ index: parentIndex, holds }) => !holds(flags[parentIndex]?.decide as Outcome))) {
      return { ...flag, decide: off };
    }
    if (open.length === 0) return flag;
    const own = flag.decide;
    return { ...flag, parents: open, decide: typeof own === 'number' ? () => own : own };
  });
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
