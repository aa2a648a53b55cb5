import type { PartsBuilder } from '../../flags/fragments.ts';
import type { CompiledFlag } from './flag.ts';
import { firstVariant, type Outcome, off, on } from './outcome.ts';

/** Which toggles a list holds: the enabled ones, or all. */
export type ListKind = 'enabled' | 'all';

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/**
 * Pieces of JSON by flag and outcome, for joining. They are encoded when a list first needs them and kept as long as
 * the compiled flag is: one that did not change is not encoded again for the next set. Most flags of a large set are
 * off for everybody, and most lists hold enabled flags only: of these nothing is kept.
 */
export class FlagPieces {
  readonly #write: (flag: CompiledFlag, outcome: Outcome) => string;
  /** Of flags whose answer can differ, by outcome; nothing for `off`. */
  readonly #varying = new WeakMap<CompiledFlag, readonly Uint8Array[]>();
  /** The only piece of a flag whose answer never differs; of others the one for `off`. */
  readonly #single = new WeakMap<CompiledFlag, Uint8Array>();

  /** @param write writes a flag's JSON for an outcome */
  constructor(write: (flag: CompiledFlag, outcome: Outcome) => string) {
    this.#write = write;
  }

  /** Adds one flag's pieces to a list. */
  addTo(builder: PartsBuilder, flag: CompiledFlag, position: number, kind: ListKind): void {
    const { settled } = flag;
    if (settled === undefined) {
      const pieces = this.#varyingOf(flag);
      builder.addVarying(position, kind === 'all' ? [this.#singleOf(flag, off), ...pieces.slice(1)] : pieces);
    } else if (settled !== off || kind === 'all') {
      builder.addConstant(this.#singleOf(flag, settled));
    }
  }

  #varyingOf(flag: CompiledFlag): readonly Uint8Array[] {
    let pieces = this.#varying.get(flag);
    if (pieces === undefined) {
      const enabled = [on, ...flag.variants.map((_variant, index) => firstVariant + index)];
      pieces = [nothing, ...enabled.map((outcome) => this.#encoded(flag, outcome))];
      this.#varying.set(flag, pieces);
    }
    return pieces;
  }

  #singleOf(flag: CompiledFlag, outcome: Outcome): Uint8Array {
    let piece = this.#single.get(flag);
    if (piece === undefined) {
      piece = this.#encoded(flag, outcome);
      this.#single.set(flag, piece);
    }
    return piece;
  }

  #encoded(flag: CompiledFlag, outcome: Outcome): Uint8Array {
    return encoder.encode(`,${this.#write(flag, outcome)}`);
  }
}
