/**
 * What the words of a {@link Program} mean. The lowest bits of an instruction's first word are its code; the others are
 * operands.
 */
export const code = {
  /** A step: the next one begins so many words further on, and that is where a condition that fails goes. */
  step: 0,
  /** The answer. */
  answer: 1,
  /** A condition that a request asks once: its number. */
  common: 2,
  /** A condition that is asked each time: its number. */
  fresh: 3,
  /** A share of ids: percentage and number of the id, then the group's hash in three words. */
  share: 4,
  /** A list that a value has to be in: words of its filter and number of the field, then its own number and the filter. */
  listed: 5,
  /** The same for a list that a value must not be in. */
  unlisted: 6,
  /** Variants by weight: number of the id, then the group's hash in three words, the first outcome, the weights' number. */
  split: 7,
  /** Any other choice of a variant: its number. */
  select: 8,
} as const;

/** Bits of the code. */
export const codeBits = 4;
export const codeMask = (1 << codeBits) - 1;
/** Bits of the first of two operands. */
export const firstBits = 9;
export const firstMask = (1 << firstBits) - 1;
/** Most words of a filter: with longer lists, a filter is not worth its memory. */
export const mostFilterWords = 256;
