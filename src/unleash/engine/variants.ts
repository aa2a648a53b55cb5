import type { VariantDefinition } from '../definitions/types.ts';
import { bucketer, utf8Bucketer, variantSeed } from './bucket.ts';
import { type Context, type FieldReader, fieldReader, rootReader } from './context.ts';
import { type Outcome, type OutcomeVariants, on } from './outcome.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/** Picks a variant for a context, or a fixed outcome where the context cannot change it. */
export type Selection = Outcome | ((context: Context) => Outcome);

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

  const variants = definitions.map((definition) => ({
    definition,
    outcome: outcomes.add(definition, owner.fromStrategy),
  }));
  const weighted = variants.filter(({ definition }) => definition.weight > 0);
  const overrides = compileOverrides(variants, reads);
  const isSplit = weighted.length > 1;
  const [first] = weighted;
  if (overrides.length === 0 && weighted.length === 1 && first !== undefined) {
    return { selection: first.outcome, marked: first.outcome, isSplit };
  }
  const seedReader = variantStickinessReader(definitions[0]?.stickiness || owner.stickiness, reads, environment);
  const hash = (environment.semantics === 'yggdrasil' ? utf8Bucketer : bucketer)(owner.group, variantSeed);
  const byWeight = (context: Context): Outcome => {
    let left = (hash(seedReader(context)) % total) + 1;
    for (const { definition, outcome } of variants) {
      left -= definition.weight;
      if (left <= 0 && definition.weight > 0) return outcome;
    }
    return on;
  };
  if (overrides.length === 0) return { selection: byWeight, marked: byWeight, isSplit };
  const listed = (context: Context): Outcome | undefined => {
    for (const override of overrides) {
      if (override.values.has(override.read(context))) return override.outcome;
    }
    return undefined;
  };
  return {
    selection: (context) => listed(context) ?? byWeight(context),
    marked: (context) => {
      const outcome = listed(context);
      return outcome === undefined ? byWeight(context) : outcome + listedMark;
    },
    isSplit,
  };
}

interface Override {
  readonly read: FieldReader;
  readonly values: ReadonlySet<string | undefined>;
  readonly outcome: Outcome;
}

function compileOverrides(
  variants: readonly { definition: VariantDefinition; outcome: Outcome }[],
  reads: Set<string>,
): Override[] {
  return variants.flatMap(({ definition, outcome }) =>
    definition.overrides.map(({ contextName, values }) => ({
      read: fieldReader(contextName, reads),
      values: new Set(values.filter((value) => typeof value === 'string')),
      outcome,
    })),
  );
}

/** Reads what a list of variants is sticky to. */
export function variantStickinessReader(
  stickiness: string,
  reads: Set<string>,
  { random, semantics }: EngineEnvironment,
): (context: Context) => string {
  const drawn = () => String(Math.round(random() * 100_000) + 1);
  if (stickiness !== 'default') {
    const read = fieldReader(stickiness, reads);
    if (semantics === 'yggdrasil') return (context) => read(context) ?? drawn();
    return (context) => read(context) || drawn();
  }
  const user = rootReader('userId', reads);
  const session = rootReader('sessionId', reads);
  if (semantics === 'yggdrasil') return (context) => user(context) ?? session(context) ?? drawn();
  const address = rootReader('remoteAddress', reads);
  return (context) => user(context) ?? session(context) ?? address(context) ?? drawn();
}
