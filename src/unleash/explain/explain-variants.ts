import { cut, listed, mostListed, type Step, shown, shownList, step } from '../../flags/explanation.ts';
import type { VariantDefinition } from '../definitions/types.ts';
import { bucketer, utf8Bucketer, variantSeed } from '../engine/bucket.ts';
import { type Context, fieldReader } from '../engine/context.ts';
import { firstVariant, type OutcomeVariant, OutcomeVariants } from '../engine/outcome.ts';
import { sharedParts } from '../engine/shared.ts';
import { compileVariants, listedMark, select, type VariantOwner, variantStickiness } from '../engine/variants.ts';
import type { ExplainWorld } from './explain-strategy.ts';

/** A choice between variants that was explained. */
export interface ExplainedVariants {
  /** undefined: no variant at all. */
  readonly variant: OutcomeVariant | undefined;
  /** An override chose it. */
  readonly listed: boolean;
  /** Two or more variants have a weight. */
  readonly isSplit: boolean;
  readonly step: Step;
}

/**
 * Explains which variant a list gives: overrides first, then the bucket. The choice is the engine's own.
 *
 * @returns undefined when the weights add up to nothing: the list has no say
 */
export function explainVariants(
  definitions: readonly VariantDefinition[],
  owner: VariantOwner,
  context: Context,
  world: ExplainWorld,
): ExplainedVariants | undefined {
  const { environment, draws } = world;
  const outcomes = new OutcomeVariants(sharedParts(environment).variants);
  const choice = compileVariants(definitions, owner, outcomes, new Set(), environment);
  if (choice === undefined) return undefined;
  const from = draws.position;
  const marked = select(choice.marked, context);
  const until = draws.position;
  draws.rewind(from);
  const byOverride = marked >= listedMark;
  const variant = outcomes.list[(byOverride ? marked - listedMark : marked) - firstVariant];
  const overrides = tellOverrides(definitions, context);
  const steps = byOverride ? overrides : [...overrides, tellWeights(definitions, owner, context, world, variant)];
  draws.rewind(until);
  const whose = owner.fromStrategy ? 'the strategy' : 'the flag';
  const text = `Variants of ${whose}: ${variant === undefined ? 'none' : shown(variant.name)}${byOverride ? ', by an override' : ''}`;
  const facts = { of: owner.fromStrategy ? 'strategy' : 'flag', chosen: variant?.name ?? null, byOverride };
  return { variant, listed: byOverride, isSplit: choice.isSplit, step: step('variants', 'info', text, facts, steps) };
}

/** Overrides in their order, up to the one that holds. */
function tellOverrides(definitions: readonly VariantDefinition[], context: Context): Step[] {
  const steps: Step[] = [];
  for (const { name, overrides } of definitions) {
    for (const { contextName, values } of overrides) {
      const wanted = values.filter((value) => typeof value === 'string');
      const seen = fieldReader(contextName, new Set())(context);
      const holds = seen !== undefined && wanted.includes(seen);
      const text = `override of ${shown(name)}: ${contextName} in ${shownList(wanted)}, saw ${shown(seen)}`;
      const facts = { variant: name, contextName, wanted: listed(wanted), seen: seen === undefined ? null : cut(seen) };
      if (steps.length < mostListed || holds) steps.push(step('override', holds, text, facts));
      if (holds) return steps;
    }
  }
  return steps;
}

function tellWeights(
  definitions: readonly VariantDefinition[],
  owner: VariantOwner,
  context: Context,
  { environment }: ExplainWorld,
  chosen: OutcomeVariant | undefined,
): Step {
  const total = definitions.reduce((sum, { weight }) => sum + weight, 0);
  let end = 0;
  const ranges = definitions.map(({ name, weight }) => {
    const range = { name, weight, from: end + 1, to: end + weight };
    end += weight;
    return range;
  });
  const positive = ranges.filter(({ weight }) => weight > 0);
  const told = positive.slice(0, mostListed);
  const facts = { total, ranges: told, variants: positive.length };
  const [only] = positive;
  if (positive.length === 1 && only !== undefined) {
    return step('weights', 'info', `only ${shown(only.name)} has a weight: no bucket is needed`, facts);
  }
  const stickiness = definitions[0]?.stickiness || owner.stickiness;
  const id = variantStickiness(stickiness, new Set(), environment).idOf(context) ?? '';
  const hash = (environment.semantics === 'yggdrasil' ? utf8Bucketer : bucketer)(owner.group, variantSeed)(id);
  const bucket = (hash % total) + 1;
  const lines = told.map(({ name, from, to }) => `${name} ${from}–${to}`).join(', ');
  const more = positive.length > told.length ? `, and ${positive.length - told.length} more` : '';
  const field = stickiness === 'default' ? defaultField(environment.semantics) : stickiness;
  const text = `by ${field}, group ${shown(owner.group)}: ${shown(id)} is in bucket ${bucket} of ${total} (${lines}${more})`;
  return step('weights', 'info', text, {
    ...facts,
    stickiness: field,
    group: owner.group,
    seed: variantSeed,
    id: cut(id),
    hash,
    bucket,
    chosen: chosen?.name ?? null,
  });
}

function defaultField(semantics: 'node' | 'yggdrasil' | undefined): string {
  return semantics === 'yggdrasil'
    ? 'default (userId, else sessionId, else random)'
    : 'default (userId, else sessionId, else remoteAddress, else random)';
}
