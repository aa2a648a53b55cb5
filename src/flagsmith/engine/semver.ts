import type { Integer } from '../json/value.ts';
import { wholeNumber } from './values.ts';

/** A semantic version 2.0 without its build metadata, which never counts in a comparison (spec section 7.6). */
export interface SemanticVersion {
  readonly core: readonly [Integer, Integer, Integer];
  /** Pre-release identifiers, numbers as integers; empty for a release. */
  readonly prerelease: readonly (Integer | string)[];
}

const number = '(0|[1-9][0-9]*)';
const prereleaseItem = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const form = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${prereleaseItem}(?:\\.${prereleaseItem})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);
const digitsOnly = /^[0-9]+$/;
// the form's pre-release part can only be matched in one way, but there is no reason to scan essays
const maxLength = 512;

// many conditions of one evaluation ask for one property: a tenth of the time of parsing it again
let lastText = '';
let lastVersion: SemanticVersion | undefined;

/** Parses strictly: three parts, no `v`, no leading zeros. Undefined for anything else. */
export function parseSemver(text: string): SemanticVersion | undefined {
  if (text !== lastText && text.length <= maxLength) {
    lastVersion = parse(text);
    lastText = text;
  }
  return text.length <= maxLength ? lastVersion : undefined;
}

function parse(text: string): SemanticVersion | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const prerelease = match[4]?.split('.') ?? [];
  return {
    core: [wholeNumber(match[1]!), wholeNumber(match[2]!), wholeNumber(match[3]!)],
    prerelease: prerelease.map((item) => (digitsOnly.test(item) ? wholeNumber(item) : item)),
  };
}

/** Semantic version precedence: negative, zero or positive. */
export function compareSemver(left: SemanticVersion, right: SemanticVersion): number {
  for (let i = 0; i < 3; i++) {
    if (left.core[i]! !== right.core[i]!) return left.core[i]! < right.core[i]! ? -1 : 1;
  }
  const a = left.prerelease;
  const b = right.prerelease;
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareItems(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareItems(a: Integer | string, b: Integer | string): number {
  if (a === b) return 0;
  // numbers come before words
  const aIsWord = typeof a === 'string';
  if (aIsWord !== (typeof b === 'string')) return aIsWord ? 1 : -1;
  return a < b ? -1 : 1;
}
