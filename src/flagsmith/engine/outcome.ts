import type { Json } from '../json/value.ts';
import type { FeatureContext, VariantContext } from './context.ts';
import { percentage } from './percentage.ts';

/** One possible answer for a feature. There are few per environment, so everything about them is made once. */
export class Outcome {
  /** The state that won: the environment's own or an override. */
  readonly feature: FeatureContext;
  readonly value: Json;
  /** `DEFAULT`, `TARGETING_MATCH; segment=…` or `SPLIT; weight=…`. */
  readonly reason: string;
  /** Key of the variant, `control` when an identity fell beside all variants, else null. */
  readonly variant: string | null;
  /** Where a renderer keeps what it made of this outcome; null until then. */
  rendered: RenderedOutcome | null = null;

  constructor(feature: FeatureContext, value: Json, reason: string, variant: string | null) {
    this.feature = feature;
    this.value = value;
    this.reason = reason;
    this.variant = variant;
  }
}

/** JSON of an outcome in UTF-8 with a comma before it, per kind of key; empty where that key does not see the flag. */
export interface RenderedOutcome {
  readonly server: Uint8Array;
  readonly client: Uint8Array;
}

/** A feature state with all answers it can lead to. */
export interface CompiledState {
  /** Without an identity or without variants. */
  readonly plain: Outcome;
  readonly split: Split | null;
}

/** The variants of a state in the order they are walked. */
interface Split {
  readonly prefix: string;
  /** Upper ends of the variants' shares, in percent, ascending. */
  readonly ends: Float64Array;
  readonly outcomes: readonly Outcome[];
  readonly control: Outcome;
}

/** Compiles a state: `reason` is that of the plain answer (spec section 7.8). */
export function compileState(feature: FeatureContext, reason: string): CompiledState {
  const plain = new Outcome(feature, feature.value, reason, null);
  if (feature.variants.length === 0) return { plain, split: null };
  const ordered = [...feature.variants].sort(byPriority);
  const ends = new Float64Array(ordered.length);
  let end = 0;
  ordered.forEach((variant, i) => {
    end += variant.weight;
    ends[i] = end;
  });
  const outcomes = ordered.map(
    (variant) => new Outcome(feature, variant.value, `SPLIT; weight=${variant.weightText}`, variant.key),
  );
  const control = new Outcome(feature, feature.value, reason, 'control');
  return { plain, split: { prefix: `${feature.key},`, ends, outcomes, control } };
}

/** Whether some answer of a state is a value other than null. */
export function hasValue({ plain, split }: CompiledState): boolean {
  return plain.value !== null || split?.outcomes.some(({ value }) => value !== null) === true;
}

function byPriority(left: VariantContext, right: VariantContext): number {
  return left.priority < right.priority ? -1 : left.priority > right.priority ? 1 : 0;
}

/** The answer of a state for an identity, null for none. */
export function resolve(state: CompiledState, identityKey: string | null): Outcome {
  const { split } = state;
  if (split === null || identityKey === null) return state.plain;
  const share = percentage(split.prefix, identityKey);
  const { ends } = split;
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    if (start <= share && share < end) return split.outcomes[i]!;
    start = end;
  }
  return split.control;
}
