import { finish, type Steps } from '../../../flags/steps.ts';
import { JsonCursor, JsonSyntaxError } from '../../json/cursor.ts';
import { pythonText } from '../../json/python-text.ts';
import { isInteger, isList, type Json } from '../../json/value.ts';
import { exceeds } from '../size.ts';
import type { ValueTest } from './comparison.ts';

const itemsPerStep = 2_000;
/** Larger sets take long to grow by one item. */
const itemsPerSet = 50_000;
/** No trait is as long as the text of such an item. */
const maxItemSize = 20_000;

/**
 * IN: strings and integers that are among the condition's items. Floats and booleans never are (spec section 7.5).
 */
export function membership(expected: Json): ValueTest {
  return finish(membershipSteps(expected));
}

/** The items of a condition's value that is not long. */
export function membershipItems(expected: Json): string[] {
  return [...finish(itemSteps(expected)).items()];
}

/** {@link membership} in steps: a list may have a million items. */
export function* membershipSteps(expected: Json): Steps<ValueTest> {
  const items = yield* itemSteps(expected);
  return (value) => (typeof value === 'string' ? items.has(value) : isInteger(value) && items.has(String(value)));
}

function* itemSteps(expected: Json): Steps<ItemSets> {
  const items = new ItemSets();
  if (isList(expected)) yield* addItems(items, expected);
  else {
    const text = pythonText(expected);
    if (!text.startsWith('[') || !(yield* addJson(items, text))) yield* addSplit(items.cleared(), text);
  }
  return items;
}

/** A set that never grows much at once. */
class ItemSets {
  readonly #sets: Set<string>[] = [new Set()];
  #last: Set<string> = this.#sets[0] as Set<string>;

  add(item: string): void {
    if (this.#last.size >= itemsPerSet) {
      this.#last = new Set();
      this.#sets.push(this.#last);
    }
    this.#last.add(item);
  }

  has(item: string): boolean {
    const sets = this.#sets;
    for (let i = 0; i < sets.length; i++) if ((sets[i] as Set<string>).has(item)) return true;
    return false;
  }

  *items(): Generator<string> {
    for (const set of this.#sets) yield* set;
  }

  cleared(): this {
    this.#last = new Set();
    this.#sets.splice(0, this.#sets.length, this.#last);
    return this;
  }
}

function* addItems(items: ItemSets, list: readonly Json[]): Steps<void> {
  for (let i = 0; i < list.length; i++) {
    addItem(items, list[i] as Json);
    if (i % itemsPerStep === itemsPerStep - 1) yield;
  }
}

function addItem(items: ItemSets, item: Json): void {
  if (typeof item === 'string') items.add(item);
  else if (!exceeds(item, maxItemSize)) items.add(pythonText(item));
}

/** False when the text is not JSON: a comma list that happens to begin with a bracket. */
function* addJson(items: ItemSets, text: string): Steps<boolean> {
  const cursor = new JsonCursor(text);
  try {
    for (let i = 0, more = cursor.nextItem(true); more; more = cursor.nextItem(false), i++) {
      addItem(items, yield* cursor.readInSteps());
      if (i % itemsPerStep === itemsPerStep - 1) yield;
    }
    cursor.end();
    return true;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

function* addSplit(items: ItemSets, text: string): Steps<void> {
  let start = 0;
  for (let count = 1; ; count++) {
    const comma = text.indexOf(',', start);
    items.add(comma === -1 ? text.slice(start) : text.slice(start, comma));
    if (comma === -1) return;
    start = comma + 1;
    if (count % itemsPerStep === 0) yield;
  }
}
