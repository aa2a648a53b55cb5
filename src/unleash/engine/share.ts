import { type HashStart, hashFrom } from './bucket.ts';
import type { Context } from './context.ts';
import type { Stickiness } from './stickiness.ts';

/** A share of all ids, in percent. Documents have thousands of these: members are numbers, and what is shared. */
export class Share {
  readonly percentage: number;
  readonly stickiness: Stickiness;
  readonly state: number;
  readonly block: number;
  readonly length: number;

  /** @param start the hash of the group */
  constructor(percentage: number, stickiness: Stickiness, { state, block, length }: HashStart) {
    this.percentage = percentage;
    this.stickiness = stickiness;
    this.state = state;
    this.block = block;
    this.length = length;
  }

  holds(context: Context): boolean {
    const { stickiness } = this;
    const id = stickiness.idOf(context);
    if (id === undefined || (id === '' && !stickiness.isYggdrasil)) return false;
    return isWithin(hashFrom(this.state, this.block, this.length, id, stickiness.isYggdrasil), this.percentage);
  }
}

/** Whether a hash falls into a share of so many percent. */
export function isWithin(hash: number, percentage: number): boolean {
  return (hash % 100) + 1 <= percentage;
}
