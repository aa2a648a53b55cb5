import type { Steps } from '../../flags/steps.ts';
import type { CompiledEnvironment, CompiledFeature } from '../engine/compile.ts';
import type { Identity } from '../engine/context.ts';
import { Evaluation } from '../engine/evaluate.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { FlagText, KeyKind } from './flag-text.ts';

/** Finished text in UTF-8, or the position of a feature whose answer has to be looked up. */
type Part = Uint8Array | number;

/**
 * Writes the flags of one environment for one kind of key. Neighbouring features whose answer is settled are one piece
 * of text from the start, so that a list costs what can actually differ.
 */
export class FlagList {
  readonly #environment: CompiledEnvironment;
  readonly #evaluation: Evaluation;
  readonly #text: FlagText;
  readonly #kind: KeyKind;
  // only features split by percentage can differ while no override applies
  #settled: readonly Part[] = [];
  #open: readonly Part[] = [];
  /** What {@link decide} returns. */
  readonly #pieces: Uint8Array[] = [];

  private constructor(environment: CompiledEnvironment, text: FlagText, kind: KeyKind) {
    this.#environment = environment;
    this.#evaluation = new Evaluation(environment);
    this.#text = text;
    this.#kind = kind;
  }

  /** Makes one in steps: there may be many flags. */
  static *create(environment: CompiledEnvironment, text: FlagText, kind: KeyKind): Steps<FlagList> {
    const list = new FlagList(environment, text, kind);
    list.#settled = yield* list.#parts(({ state }) => state.split !== null);
    list.#open = yield* list.#parts(({ state, overridable }) => state.split !== null || overridable);
    return list;
  }

  /** What an identity sees: texts that {@link writeFlags} makes a list of. The array is used again by the next call. */
  decide(identity: Identity): readonly Uint8Array[] {
    this.#evaluation.run(identity);
    const parts = this.#evaluation.overridden ? this.#open : this.#settled;
    const pieces = this.#pieces;
    pieces.length = parts.length;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      pieces[i] = typeof part === 'number' ? this.#bytesOf(part) : part;
    }
    return pieces;
  }

  /** Bytes of the texts of the last {@link decide} that only this identity has: nothing else may be holding them. */
  personalBytes(): number {
    if (!this.#evaluation.overridden || this.#environment.identityOverrides.size === 0) return 0;
    let bytes = 0;
    this.#open.forEach((part, i) => {
      if (typeof part === 'number' && this.#evaluation.isPersonal(part)) bytes += this.#pieces[i]!.length;
    });
    return bytes;
  }

  /**
   * The flags without an identity, by name, in order. With `segments` off every feature has its own state, as in the
   * core API; with it on, segments that need no identity apply (spec section 9, trap 3).
   */
  *withoutIdentity(segments: boolean): Steps<ReadonlyMap<string, Uint8Array>> {
    if (segments) this.#evaluation.run(null);
    const texts = new Map<string, Uint8Array>();
    const { features } = this.#environment;
    for (let index = 0; index < features.length; index++) {
      const { feature, state } = features[index] as CompiledFeature;
      const text = segments ? this.#bytesOf(index) : this.#text(state.plain)[this.#kind];
      if (text.length > 0) texts.set(feature.name, text.subarray(1));
      if (index % flagsPerStep === flagsPerStep - 1) yield;
    }
    return texts;
  }

  /** The answers behind the lists, by feature name, of the flags that the key may see; for other ways of writing them. */
  outcomes(identity: Identity | null, segments: boolean): ReadonlyMap<string, Outcome> {
    const evaluated = identity !== null || segments;
    if (evaluated) this.#evaluation.run(identity);
    const found = new Map<string, Outcome>();
    this.#environment.features.forEach(({ feature, state }, index) => {
      const outcome = evaluated ? this.#evaluation.outcome(index) : state.plain;
      if (this.#text(outcome)[this.#kind].length > 0) found.set(feature.name, outcome);
    });
    return found;
  }

  #bytesOf(index: number): Uint8Array {
    return this.#text(this.#evaluation.outcome(index))[this.#kind];
  }

  *#parts(differs: (feature: CompiledFeature) => boolean): Steps<Part[]> {
    const parts: Part[] = [];
    const { features } = this.#environment;
    let settled: Uint8Array[] = [];
    for (let index = 0; index < features.length; index++) {
      const feature = features[index] as CompiledFeature;
      if (index % flagsPerStep === flagsPerStep - 1) yield;
      if (!differs(feature)) {
        settled.push(this.#text(feature.state.plain)[this.#kind]);
        continue;
      }
      if (settled.length > 0) parts.push(Buffer.concat(settled));
      settled = [];
      parts.push(index);
    }
    return settled.length === 0 ? parts : [...parts, Buffer.concat(settled)];
  }
}

const flagsPerStep = 500;
