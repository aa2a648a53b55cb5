/**
 * What every receiver of a bulk report can read. Such a report carries what all applications of an environment said, and is
 * taken or refused as a whole: one value that upstream cannot read, from anybody with a frontend token, would cost the
 * usage of all. The real Edge counts in 32 bits and knows two types of SDKs; a database of Unleash keeps no text with a NUL
 * or half of a character in it.
 */

/** Largest count of a report, and of what is added up. */
const maximumCount = 0xffff_ffff;

/** First and last moment whose year has four digits. */
const earliestMs = Date.parse('0000-01-01T00:00:00Z');
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** NUL, and halves of characters: the other half is missing. */
const unsendable = /[\0\p{Surrogate}]/u;

/** True for the counts that the API has: whole numbers in 32 bits. */
export function isSendableCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maximumCount;
}

/** Adds counts; the largest one stays the largest. */
export function addCounts(a: number, b: number): number {
  return Math.min(a + b, maximumCount);
}

/** The text, with a replacement character for what nobody can keep. */
export function sendableText(text: string): string {
  return unsendable.test(text) ? text.replace(new RegExp(unsendable, 'gu'), '\ufffd') : text;
}

/** Milliseconds since the epoch; undefined for what is no text, no time, or of a year that is not written in four digits. */
export function sendableTimeMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return ms >= earliestMs && ms <= latestMs ? ms : undefined;
}

/** An interval as the API has it: a whole number in 32 bits, the nearest one. */
export function sendableInterval(value: number): number {
  return Math.min(Math.max(0, Math.round(value) || 0), maximumCount);
}

/** The two types of SDKs; null for everything else. */
export function sendableSdkType(value: unknown): 'frontend' | 'backend' | null {
  return value === 'frontend' || value === 'backend' ? value : null;
}
