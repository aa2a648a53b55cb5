import type { SemVer } from 'semver';
import parse from 'semver/functions/parse.js';

/** What the value of an ordinal constraint is, read the way Yggdrasil's rules spell it. */
export type Literal =
  | { readonly kind: 'date'; readonly ms: number }
  | { readonly kind: 'semver'; readonly version: SemVer }
  | { readonly kind: 'number'; readonly value: number };

const dateForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?(?:Z|[+-]\d\d:\d\d)$/;
const numberForm = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/**
 * Reads the value of an ordinal constraint. Its form alone says with what it is compared, whatever the operator is
 * called: `SEMVER_GT` with `2` compares numbers.
 *
 * Source: Unleash Edge specification 21, and the behaviour of 19.15.1.
 *
 * @returns undefined for a text that is none of them: it cannot be compiled
 */
export function readLiteral(text: string): Literal | undefined {
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '');
  if (dateForm.test(trimmed)) {
    const ms = readDate(trimmed);
    return Number.isNaN(ms) ? undefined : { kind: 'date', ms };
  }
  const version = readVersion(trimmed);
  if (version !== undefined) return { kind: 'semver', version };
  return numberForm.test(trimmed) ? { kind: 'number', value: Number(trimmed) } : undefined;
}

const dateParts = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?[ ]?(?:Z|z|[+-]\d\d:?\d\d)$/;

/** A point in time with its offset, in milliseconds since the epoch; NaN for anything else, such as a day alone. */
export function readDate(text: string): number {
  const [, year, month, day] = dateParts.exec(text) ?? [];
  if (year === undefined) return Number.NaN;
  // Date takes the 30th of February for the 2nd of March.
  if (Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return Number.NaN;
  return new Date(text.replace(/[t ](?=\d)/, 'T').replace(' ', '')).getTime();
}

const versionForm =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** A whole semantic version without anything around it. */
export function readVersion(text: string): SemVer | undefined {
  return versionForm.test(text) ? (parse(text) ?? undefined) : undefined;
}

const finite = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const infinite = /^([+-]?)inf(?:inity)?$/i;

/** A number as a context holds it; NaN for texts that are none, also for blanks around one and other bases. */
export function readNumber(text: string): number {
  if (finite.test(text)) return Number(text);
  const [, sign] = infinite.exec(text) ?? [];
  if (sign === undefined) return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
