import type { VariantDefinition } from '../definitions/types.ts';
import { hashStart, variantSeed } from './bucket.ts';
import { type Context, type FieldReader, fieldReader, userOrSession } from './context.ts';
import { type Outcome, type OutcomeVariants, on } from './outcome.ts';
import { sharedParts } from './shared.ts';
import { Split, type Weights } from './split.ts';
import { Stickiness } from './stickiness.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/** Picks a variant for a context, or a fixed outcome where the context cannot change it. */
export type Selection = Outcome | Split | ((context: Context) => Outcome);

/** The outcome that a selection has for a context. */
export function select(selection: Selection, context: Context): Outcome {
  if (typeof selection === 'number') return selection;
  return typeof selection === 'function' ? selection(context) : selection.choose(context);
}

/** How a list of variants answers. */
export interface VariantChoice {
  readonly selection: Selection;
  /** The same answer, with {@link listedMark} added where a list of overrides and not a weight led to it. */
  readonly marked: Selection;
  /** True when two or more variants have a weight: a bucket decides between them. */
  readonly isSplit: boolean;
}

/** Added to an outcome of {@link VariantChoice.marked}. Outcomes themselves stay below it. */
export const listedMark = 0x8000;

/** Whom a list of variants belongs to. */
export interface VariantOwner {
  /** What the bucket's hash starts with: the flag's name, or the strategy's group. */
  readonly group: string;
  /** Used where the first variant names no stickiness of its own. */
  readonly stickiness: string;
  readonly fromStrategy: boolean;
}

/**
 * Compiles a weighted list of variants. Overrides come first, in list order; then the bucket decides.
 *
 * @returns undefined when no variant can be picked because the weights add up to nothing
 */
export function compileVariants(
  definitions: readonly VariantDefinition[],
  owner: VariantOwner,
  outcomes: OutcomeVariants,
  reads: Set<string>,
  environment: EngineEnvironment,
): VariantChoice | undefined {
  const total = definitions.reduce((sum, variant) => sum + variant.weight, 0);
  if (!(total > 0)) return undefined;

  const numbers = definitions.map((variant) => outcomes.add(variant, owner.fromStrategy));
  const weighted = numbers.filter((_outcome, index) => (definitions[index]?.weight ?? 0) > 0);
  const overrides = compileOverrides(definitions, numbers, reads);
  const isSplit = weighted.length > 1;
  const [only] = weighted;
  if (overrides.length === 0 && weighted.length === 1 && only !== undefined) {
    return { selection: only, marked: only, isSplit };
  }
  const byWeight = weightedChoice(definitions, numbers[0] ?? on, owner, reads, environment);
  return overrides.length === 0
    ? { selection: byWeight, marked: byWeight, isSplit }
    : { ...withOverrides(overrides, byWeight), isSplit };
}

/** @param first the outcome of the first variant; those of the others follow it */
function weightedChoice(
  definitions: readonly VariantDefinition[],
  first: Outcome,
  owner: VariantOwner,
  reads: Set<string>,
  environment: EngineEnvironment,
): Split {
  const stickiness = variantStickiness(definitions[0]?.stickiness || owner.stickiness, reads, environment);
  const list = definitions.map(({ weight }) => weight);
  // Most lists split evenly into two, three or four.
  const weights = sharedParts(environment).weights.once(list.join(), () => weightsOf(list));
  return new Split(weights, first, stickiness, hashStart(owner.group, variantSeed, stickiness.isYggdrasil));
}

function weightsOf(list: readonly number[]): Weights {
  return { list, total: list.reduce((sum, weight) => sum + weight, 0) };
}

function withOverrides(overrides: readonly Override[], byWeight: Split): Pick<VariantChoice, 'selection' | 'marked'> {
  const listed = (context: Context): Outcome | undefined => {
    for (const override of overrides) {
      if (override.values.has(override.read(context))) return override.outcome;
    }
    return undefined;
  };
  return {
    selection: (context) => listed(context) ?? byWeight.choose(context),
    marked: (context) => {
      const outcome = listed(context);
      return outcome === undefined ? byWeight.choose(context) : outcome + listedMark;
    },
  };
}

interface Override {
  readonly read: FieldReader;
  readonly values: ReadonlySet<string | undefined>;
  readonly outcome: Outcome;
}

function compileOverrides(
  definitions: readonly VariantDefinition[],
  numbers: readonly Outcome[],
  reads: Set<string>,
): Override[] {
  return definitions.flatMap(({ overrides }, index) =>
    overrides.map(({ contextName, values }) => ({
      read: fieldReader(contextName, reads),
      values: new Set(values.filter((value) => typeof value === 'string')),
      outcome: numbers[index] ?? on,
    })),
  );
}

/** What a list of variants is sticky to. */
export function variantStickiness(stickiness: string, reads: Set<string>, environment: EngineEnvironment): Stickiness {
  const read = stickiness === 'default' ? undefined : fieldReader(stickiness, reads);
  if (read === undefined) {
    reads.add('userId').add('sessionId');
    if (environment.semantics !== 'yggdrasil') reads.add('remoteAddress');
  }
  return sharedParts(environment).variantStickiness.once(stickiness, () => stickinessOf(read, environment));
}

function stickinessOf(read: FieldReader | undefined, { random, semantics }: EngineEnvironment): Stickiness {
  const isYggdrasil = semantics === 'yggdrasil';
  const draw = () => Math.round(random() * 100_000) + 1;
  if (read === undefined) return new Stickiness(isYggdrasil ? userOrSession : anyIdentity, draw, isYggdrasil);
  return new Stickiness(isYggdrasil ? read : (context) => read(context) || undefined, draw, isYggdrasil);
}

function anyIdentity({ userId, sessionId, remoteAddress }: Context): string | undefined {
  return userId ?? sessionId ?? remoteAddress;
}
