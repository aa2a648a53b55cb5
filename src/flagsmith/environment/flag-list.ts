import type { Steps } from '../../flags/steps.ts';
import type { CompiledEnvironment, CompiledFeature } from '../engine/compile.ts';
import type { Identity } from '../engine/context.ts';
import { Evaluation } from '../engine/evaluate.ts';
import type { Outcome } from '../engine/outcome.ts';
import type { FlagText, KeyKind } from './flag-text.ts';

/** Finished text, or the position of a feature whose answer has to be looked up. */
type Part = string | number;

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

  /** The JSON list of all flags that the key may see. */
  forIdentity(identity: Identity): string {
    this.#evaluation.run(identity);
    const parts = this.#evaluation.overridden ? this.#open : this.#settled;
    let list = '';
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      const text = typeof part === 'string' ? part : this.#textOf(part);
      // cutting the first comma off the finished list would copy all of it
      list += list.length === 0 ? text.slice(1) : text;
    }
    return `[${list}]`;
  }

  /**
   * The flags without an identity, by name, in order. With `segments` off every feature has its own state, as in the
   * core API; with it on, segments that need no identity apply (spec section 9, trap 3).
   */
  *withoutIdentity(segments: boolean): Steps<ReadonlyMap<string, string>> {
    if (segments) this.#evaluation.run(null);
    const texts = new Map<string, string>();
    const { features } = this.#environment;
    for (let index = 0; index < features.length; index++) {
      const { feature, state } = features[index] as CompiledFeature;
      const text = segments ? this.#textOf(index) : this.#text(state.plain)[this.#kind];
      if (text !== '') texts.set(feature.name, text.slice(1));
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
      if (this.#text(outcome)[this.#kind] !== '') found.set(feature.name, outcome);
    });
    return found;
  }

  #textOf(index: number): string {
    return this.#text(this.#evaluation.outcome(index))[this.#kind];
  }

  *#parts(differs: (feature: CompiledFeature) => boolean): Steps<Part[]> {
    const parts: Part[] = [];
    const { features } = this.#environment;
    let settled = '';
    for (let index = 0; index < features.length; index++) {
      const feature = features[index] as CompiledFeature;
      if (index % flagsPerStep === flagsPerStep - 1) yield;
      if (!differs(feature)) {
        settled += this.#text(feature.state.plain)[this.#kind];
        continue;
      }
      if (settled !== '') parts.push(settled);
      settled = '';
      parts.push(index);
    }
    return settled === '' ? parts : [...parts, settled];
  }
}

const flagsPerStep = 500;
