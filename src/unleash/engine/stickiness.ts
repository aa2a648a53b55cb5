import type { Context, FieldReader } from './context.ts';

/** Where the id comes from that a rollout or a list of variants keeps to. */
export class Stickiness {
  /** What the context alone says; undefined where it plays no part. */
  readonly read: FieldReader | undefined;
  /** Makes an id up where the context has none: a whole number, of which the digits count. */
  readonly draw: (() => number) | undefined;
  /** Whose rules count: there, blank ids and the bytes of UTF-8 do. */
  readonly isYggdrasil: boolean;

  constructor(read: FieldReader | undefined, draw: (() => number) | undefined, isYggdrasil: boolean) {
    this.read = read;
    this.draw = draw;
    this.isYggdrasil = isYggdrasil;
  }

  /** The id, which is made up where the context has none and chance may decide. */
  idOf(context: Context): string | undefined {
    return this.read?.(context) ?? this.draw?.().toString();
  }
}
