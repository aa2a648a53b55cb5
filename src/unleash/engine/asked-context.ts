import { textHash } from '../../flags/text-set.ts';
import type { Context, FieldReader } from './context.ts';
import { HashedId } from './hashed-id.ts';
import type { Stickiness } from './stickiness.ts';

/** One field of a context, read when a request first asks for it. */
export class AskedField {
  text: string | undefined;
  /** The hash that lists find the text by. */
  hash = 0;
  readonly #read: FieldReader;
  #round = 0;

  constructor(read: FieldReader) {
    this.#read = read;
  }

  /** @param round another one for each request */
  ask(context: Context, round: number): void {
    if (this.#round === round) return;
    this.#round = round;
    this.text = this.#read(context);
    if (this.text !== undefined) this.hash = textHash(this.text);
  }
}

/** The id that rollouts keep to, made ready for hashing when a request first asks for it, or whenever it is drawn. */
export class AskedId {
  readonly hashed = new HashedId();
  readonly #stickiness: Stickiness;
  #round = 0;
  #found: 'none' | 'blank' | 'there' = 'none';

  constructor(stickiness: Stickiness) {
    this.#stickiness = stickiness;
  }

  /**
   * @param round another one for each request
   * @returns false where there is no id, or one that does not count
   */
  ask(context: Context, round: number): boolean {
    if (this.#round !== round) {
      this.#round = round;
      this.#take(this.#stickiness.read?.(context));
    }
    if (this.#found === 'there') return true;
    const { draw } = this.#stickiness;
    if (this.#found === 'blank' || draw === undefined) return false;
    this.hashed.setNumber(draw());
    return true;
  }

  #take(id: string | undefined): void {
    const { isYggdrasil } = this.#stickiness;
    this.#found = id === undefined ? 'none' : id === '' && !isYggdrasil ? 'blank' : 'there';
    if (id !== undefined) this.hashed.set(id, isYggdrasil);
  }
}
