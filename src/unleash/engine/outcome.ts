import type { VariantDefinition } from '../definitions/types.ts';
import type { Shared } from './shared.ts';

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
  readonly #shared: Shared<OutcomeVariant>;

  /** @param shared variants of all flags: most flags have the same few */
  constructor(shared: Shared<OutcomeVariant>) {
    this.#shared = shared;
  }

  add({ name, payload }: VariantDefinition, fromStrategy: boolean): Outcome {
    const variant = { name, payload, fromStrategy };
    this.list.push(this.#shared.once(JSON.stringify(variant), () => variant));
    return firstVariant + this.list.length - 1;
  }
}
