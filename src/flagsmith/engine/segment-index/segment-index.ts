import type { Steps } from '../../../flags/steps.ts';
import type { Scalar } from '../../json/value.ts';
import type { EvaluationContext, Identity, RuleContext } from '../context.ts';
import { retype } from '../values.ts';
import { chooseForRules } from './choice.ts';
import { createMarks, mark } from './marks.ts';
import { Mentions } from './mentions.ts';
import { PropertyIndex } from './property-index.ts';
import { fullAttention, type Requirement } from './requirement.ts';

/** Most values that segments of a document are looked up by; segments beyond are found by their property alone. */
const mostKeys = 100_000;

/**
 * Finds the segments that an identity can match, so that the others cost nothing. Each is kept under one thing that it
 * requires, so that the index grows with the document and not faster; those that require nothing that can be looked up
 * are always found.
 */
export class SegmentIndex {
  /** Of all identities. */
  readonly #always: Int32Array;
  readonly #found: Int32Array;
  readonly #properties = new Map<string, PropertyIndex>();
  #keys = 0;

  private constructor(segments: number) {
    this.#always = createMarks(segments);
    this.#found = createMarks(segments);
  }

  /** Makes the index of some segments, by their rules, in steps. */
  static *create(
    segments: readonly (readonly RuleContext[])[],
    { key, name }: EvaluationContext['environment'],
  ): Steps<SegmentIndex> {
    const index = new SegmentIndex(segments.length);
    const mentions = new Mentions();
    for (const rules of segments) {
      yield* mentions.add(rules);
      yield;
    }
    yield* mentions.sort();
    // the same conditions in the same order get the same share of it
    const attention = fullAttention();
    for (let position = 0; position < segments.length; position++) {
      const choice = yield* chooseForRules(segments[position]!, mentions, attention);
      if (choice === null) mark(position, index.#always);
      else for (const requirement of choice.requirements) index.#add(requirement, position);
      yield;
    }
    for (const property of index.#properties.values()) {
      property.sort();
      yield;
    }
    index.#mark('$.environment.key', retype(key), index.#always);
    index.#mark('$.environment.name', retype(name), index.#always);
    return index;
  }

  /**
   * The segments that an identity, null for none, can match, as bits in document order. It may not match all of them.
   * The array is reused by the next call.
   */
  find(identity: Identity | null): Int32Array {
    this.#found.set(this.#always);
    if (identity === null || this.#properties.size === 0) return this.#found;
    identity.traits.forEach(this.#markTrait);
    this.#mark('$.identity.identifier', identity.identifier, this.#found);
    this.#mark('$.identity.key', identity.key, this.#found);
    return this.#found;
  }

  readonly #markTrait = (value: Scalar, name: string): void => {
    if (value !== null) this.#properties.get(name)?.mark(value, this.#found);
  };

  /** Marks what is found by a path; that a trait of its name would come before it does not matter here. */
  #mark(path: string, value: Scalar, marks: Int32Array): void {
    const index = this.#properties.get(path);
    const typed = index === undefined ? null : retype(value);
    if (typed !== null) index?.mark(typed, marks);
  }

  #add(requirement: Requirement, position: number): void {
    const { property } = requirement;
    let index = this.#properties.get(property);
    if (index === undefined) {
      index = new PropertyIndex();
      this.#properties.set(property, index);
    }
    this.#keys += requirement.kind === 'value' ? requirement.keys.length : 1;
    index.add(this.#keys > mostKeys ? { kind: 'set', property } : requirement, position);
  }
}
