import type { TextSet } from '../../flags/text-set.ts';
import { AskedField, AskedId } from './asked-context.ts';
import type { HashStart } from './bucket.ts';
import type { FieldReader } from './context.ts';
import { type CompiledFlag, decisiveSteps, type Step } from './flag.ts';
import { Listed } from './listed.ts';
import { off } from './outcome.ts';
import { type Condition, Every, Fresh, type Predicate } from './predicate.ts';
import { Program } from './program.ts';
import { code, codeBits, firstBits, mostFilterWords } from './program-words.ts';
import { Share } from './share.ts';
import { Split, type Weights } from './split.ts';
import type { Stickiness } from './stickiness.ts';
import type { Selection } from './variants.ts';

/** Numbers things in the order in which they are met. */
class Numbered<Key, Value = Key> {
  readonly values: Value[] = [];
  readonly #numbers = new Map<Key, number>();
  readonly #make: (key: Key) => Value;

  constructor(make: (key: Key) => Value) {
    this.#make = make;
  }

  of(key: Key): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.values.push(this.#make(key)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

const itself = <Value>(value: Value): Value => value;

/** Writes the {@link Program} of a set, flag by flag in the set's order. */
export class ProgramBuilder {
  readonly #starts: Int32Array;
  #count = 0;
  #words = new Int32Array(1_024);
  #length = 0;
  readonly #common = new Numbered<Predicate>(itself);
  readonly #fresh: Fresh[] = [];
  readonly #lists: Listed[] = [];
  readonly #fields = new Numbered<FieldReader, AskedField>((read) => new AskedField(read));
  readonly #ids = new Numbered<Stickiness, AskedId>((stickiness) => new AskedId(stickiness));
  readonly #weights = new Numbered<Weights>(itself);
  readonly #selections: Selection[] = [];

  /** @param size number of flags */
  constructor(size: number) {
    this.#starts = new Int32Array(size);
  }

  /** Writes the next flag; of one that is settled, nothing. */
  add(flag: CompiledFlag): void {
    this.#starts[this.#count++] = this.#length;
    if (flag.settled !== undefined) return;
    const steps = decisiveSteps(flag.steps);
    for (const step of steps) this.#step(step);
    if (steps.at(-1)?.test !== true) this.#put(code.answer | (off << codeBits));
  }

  finish(): Program {
    return new Program({
      starts: this.#starts,
      words: this.#words.slice(0, this.#length),
      common: this.#common.values,
      fresh: this.#fresh,
      lists: this.#lists,
      fields: this.#fields.values,
      ids: this.#ids.values,
      weights: this.#weights.values,
      selections: this.#selections,
    });
  }

  #step({ test, selection }: Step): void {
    if (test === true) {
      this.#selection(selection);
      return;
    }
    const start = this.#length;
    this.#put(code.step);
    if (test instanceof Every) for (const condition of test.conditions) this.#condition(condition);
    else this.#condition(test);
    this.#selection(selection);
    this.#words[start] = code.step | ((this.#length - start) << codeBits);
  }

  #condition(condition: Condition): void {
    if (condition instanceof Share) {
      const { percentage, stickiness } = condition;
      // Buckets are whole numbers.
      const share = Math.min(100, Math.floor(percentage));
      this.#put(code.share | (((this.#ids.of(stickiness) << firstBits) | share) << codeBits));
      this.#hash(condition);
    } else if (condition instanceof Listed) {
      this.#listed(condition);
    } else if (condition instanceof Fresh) {
      this.#put(code.fresh | ((this.#fresh.push(condition) - 1) << codeBits));
    } else if (condition instanceof Every) {
      for (const one of condition.conditions) this.#condition(one);
    } else {
      this.#put(code.common | (this.#common.of(condition) << codeBits));
    }
  }

  #listed(condition: Listed): void {
    const { read, texts, isWanted } = condition;
    const filterWords = filterWordsOf(texts);
    const operand = (this.#fields.of(read) << firstBits) | filterWords;
    this.#put((isWanted ? code.listed : code.unlisted) | (operand << codeBits));
    this.#put(this.#lists.push(condition) - 1);
    if (filterWords === 0) return;
    // What is not written yet is zero.
    this.#reserve(filterWords);
    texts.markIn(this.#words, this.#length, filterWords);
    this.#length += filterWords;
  }

  #selection(selection: Selection): void {
    if (typeof selection === 'number') {
      this.#put(code.answer | (selection << codeBits));
    } else if (selection instanceof Split) {
      const { weights, first, stickiness } = selection;
      this.#put(code.split | (this.#ids.of(stickiness) << codeBits));
      this.#hash(selection);
      this.#put(first);
      this.#put(this.#weights.of(weights));
    } else {
      this.#put(code.select | ((this.#selections.push(selection) - 1) << codeBits));
    }
  }

  #put(word: number): void {
    this.#reserve(1);
    this.#words[this.#length++] = word;
  }

  #hash({ state, block, length }: HashStart): void {
    this.#put(state);
    this.#put(block);
    this.#put(length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#words.length) return;
    const larger = new Int32Array(2 * this.#words.length);
    larger.set(this.#words);
    this.#words = larger;
  }
}

/** A filter has eight bits per text and lets one of eight strangers through; 0 for lists that are too long for one. */
function filterWordsOf({ size }: TextSet): number {
  const words = 2 ** Math.ceil(Math.log2(Math.max(1, size) / 4));
  return words > mostFilterWords ? 0 : Math.max(1, words);
}
