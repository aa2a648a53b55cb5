import type { VariantDefinition } from '../definitions/types.ts';

/**
 * The answer for one flag as a small integer, so that the answers of a whole set fit into a typed array: off, on
 * without a variant, or on with the variant at `outcome - firstVariant` of the flag's list.
 */
export type Outcome = number;

/** Not evaluated yet. Never an answer. */
export const pending: Outcome = 0xffff;
export const off: Outcome = 0;
export const on: Outcome = 1;
export const firstVariant: Outcome = 2;

/** One variant that a flag can answer with. The two kinds are rendered differently by the original products. */
export interface OutcomeVariant {
  readonly name: string;
  readonly payload: unknown;
  /** True when the variant belongs to a strategy, false when it belongs to the flag. */
  readonly fromStrategy: boolean;
}

/** Takes a flag's possible variants as they are met while compiling and numbers them. */
export class OutcomeVariants {
  readonly list: OutcomeVariant[] = [];

  add(variant: VariantDefinition, fromStrategy: boolean): Outcome {
    this.list.push({ name: variant.name, payload: variant.payload, fromStrategy });
    return firstVariant + this.list.length - 1;
  }
}
