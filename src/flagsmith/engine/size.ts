import { isList, isObject, type Json } from '../json/value.ts';

/** Whether a value is larger than so many characters and members. Looks at no more of it than that. */
export function exceeds(value: Json, limit: number): boolean {
  return measure(value, limit) < 0;
}

/** What is left of a limit; below zero once it is used up. */
function measure(value: Json, left: number): number {
  let rest = left - (typeof value === 'string' ? value.length : 1);
  if (isList(value)) {
    for (let i = 0; i < value.length && rest >= 0; i++) rest = measure(value[i] as Json, rest);
  } else if (isObject(value)) {
    for (const [key, item] of value) {
      if (rest < 0) break;
      rest = measure(item, rest - key.length);
    }
  }
  return rest;
}
