import { type FlagView, type TypedView, typedViews } from './types.ts';

/** A flag that a key names, perhaps as one type. */
export interface FoundFlag {
  readonly position: number;
  readonly view: TypedView | undefined;
}

/**
 * Finds what a key names: the flag of exactly this name, else the flag in front of a suffix such as `:boolean`.
 * undefined when there is none.
 */
export function findFlag(view: FlagView, key: string): FoundFlag | undefined {
  const exact = view.find(key);
  if (exact >= 0) return { position: exact, view: undefined };
  const colon = key.lastIndexOf(':');
  if (colon <= 0) return undefined;
  const typed = asTypedView(key.slice(colon + 1));
  if (typed === undefined) return undefined;
  const position = view.find(key.slice(0, colon));
  return position < 0 ? undefined : { position, view: typed };
}

/** A type by its name; undefined for all other texts. */
export function asTypedView(text: string): TypedView | undefined {
  return typedViews.find((name) => name === text);
}
