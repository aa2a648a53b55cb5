import { type HashStart, hashFrom } from './bucket.ts';
import type { Context } from './context.ts';
import { remainder } from './hashed-id.ts';
import { type Outcome, on } from './outcome.ts';
import type { Stickiness } from './stickiness.ts';

/** Weights of a list of variants, and what they add up to. */
export interface Weights {
  readonly list: readonly number[];
  readonly total: number;
}

/** Picks one of several variants by their weights. */
export class Split {
  readonly weights: Weights;
  readonly first: Outcome;
  readonly stickiness: Stickiness;
  readonly state: number;
  readonly block: number;
  readonly length: number;

  /**
   * @param first the outcome of the first variant; those of the others follow it
   * @param start the hash of the group
   */
  constructor(weights: Weights, first: Outcome, stickiness: Stickiness, { state, block, length }: HashStart) {
    this.weights = weights;
    this.first = first;
    this.stickiness = stickiness;
    this.state = state;
    this.block = block;
    this.length = length;
  }

  choose(context: Context): Outcome {
    const { stickiness } = this;
    // Here everything has an id: where the context has none, one is drawn.
    const id = stickiness.idOf(context) ?? '';
    const hash = hashFrom(this.state, this.block, this.length, id, stickiness.isYggdrasil);
    return pickByWeight(hash, this.weights, this.first);
  }
}

/** The outcome that a hash falls to, which may be signed. */
export function pickByWeight(hash: number, { list, total }: Weights, first: Outcome): Outcome {
  let left = (Number.isInteger(total) ? remainder(hash, total) : (hash >>> 0) % total) + 1;
  for (let i = 0; i < list.length; i++) {
    const weight = list[i] as number;
    left -= weight;
    if (left <= 0 && weight > 0) return first + i;
  }
  return on;
}
