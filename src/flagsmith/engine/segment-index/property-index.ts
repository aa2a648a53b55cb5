import { Float, isInteger, type Scalar } from '../../json/value.ts';
import { parseSemver, type SemanticVersion } from '../semver.ts';
import { type Ladder, type Ladders, numberLadders, sortLadders, versionLadders } from './ladder.ts';
import { markAll } from './marks.ts';
import { keyOf, type Requirement, type ValueKey } from './requirement.ts';

/** More take too long to sort at once; segments beyond are found by having the property. */
const mostSteps = 10_000;
/** Each is searched for, in values up to a length; segments beyond, and longer values, are found by having the property. */
const mostTexts = 1_000;
const longestSearched = 1_000;

/** The segments that are found by one property of an identity. */
export class PropertyIndex {
  readonly #set: number[] = [];
  readonly #byValue = new Map<ValueKey, number[]>();
  /** By what texts have to hold: documents look for one domain or one prefix in many segments. */
  readonly #byText = new Map<string, number[]>();
  #texts: readonly { readonly text: string; readonly positions: readonly number[] }[] = [];
  #numbers: Ladders<number> | null = null;
  #versions: Ladders<SemanticVersion> | null = null;

  /** Lets a segment be found by a requirement on this property. */
  add(requirement: Requirement, position: number): void {
    switch (requirement.kind) {
      case 'set':
        this.#set.push(position);
        return;
      case 'value':
        for (const key of requirement.keys) this.#addValue(key, position);
        return;
      case 'text':
        this.#addText(requirement.text, position);
        return;
      case 'number':
        this.#numbers ??= numberLadders();
        this.#addStep(this.#numbers[requirement.side], requirement.bound, position);
        return;
      case 'version':
        this.#versions ??= versionLadders();
        this.#addStep(this.#versions[requirement.side], requirement.bound, position);
    }
  }

  /** Makes it ready, once all is added. */
  sort(): void {
    this.#texts = Array.from(this.#byText, ([text, positions]) => ({ text, positions }));
    sortLadders(this.#numbers);
    sortLadders(this.#versions);
  }

  /** Marks the segments that a value of the property allows (spec section 7.6). */
  mark(value: NonNullable<Scalar>, marks: Int32Array): void {
    if (this.#set.length > 0) markAll(this.#set, marks);
    if (this.#byValue.size > 0) {
      const found = this.#byValue.get(keyOf(value));
      if (found !== undefined) markAll(found, marks);
    }
    const isSearched = typeof value === 'string' && value.length <= longestSearched;
    for (let i = 0; i < this.#texts.length; i++) {
      const { text, positions } = this.#texts[i]!;
      if (!isSearched || value.includes(text)) markAll(positions, marks);
    }
    if (this.#numbers !== null) markNumbers(this.#numbers, value, marks);
    if (this.#versions !== null) markVersions(this.#versions, value, marks);
  }

  #addStep<Bound>(ladder: Ladder<Bound>, bound: Bound, position: number): void {
    if (ladder.size < mostSteps) ladder.add(bound, position);
    else this.#set.push(position);
  }

  #addText(text: string, position: number): void {
    const positions = this.#byText.get(text);
    if (positions !== undefined) positions.push(position);
    else if (this.#byText.size < mostTexts) this.#byText.set(text, [position]);
    else this.#set.push(position);
  }

  #addValue(key: ValueKey, position: number): void {
    const positions = this.#byValue.get(key);
    if (positions === undefined) this.#byValue.set(key, [position]);
    else positions.push(position);
  }
}

function markNumbers({ from, to }: Ladders<number>, value: NonNullable<Scalar>, marks: Int32Array): void {
  if (value instanceof Float || isInteger(value)) {
    const number = Number(keyOf(value));
    from.markReached(number, marks);
    to.markReached(number, marks);
    return;
  }
  // texts and booleans are compared as such
  from.markEvery(marks);
  to.markEvery(marks);
}

function markVersions({ from, to }: Ladders<SemanticVersion>, value: NonNullable<Scalar>, marks: Int32Array): void {
  if (typeof value === 'boolean') {
    from.markEvery(marks);
    to.markEvery(marks);
  }
  const version = typeof value === 'string' ? parseSemver(value) : undefined;
  if (version === undefined) return;
  from.markReached(version, marks);
  to.markReached(version, marks);
}
