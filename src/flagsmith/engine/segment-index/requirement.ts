import { pythonText } from '../../json/python-text.ts';
import { isInteger, isList, isScalar, type Json, type Scalar } from '../../json/value.ts';
import type { ConditionContext } from '../context.ts';
import { semverSuffix, toBoolean, toFloat, toInt } from '../operators/comparison.ts';
import { membershipItems } from '../operators/membership.ts';
import { literalOf } from '../regex-literal.ts';
import { splitLookaheads } from '../regex-lookahead.ts';
import { parseSemver, type SemanticVersion } from '../semver.ts';
import { retype } from '../values.ts';

/** A value as properties are looked up by it. Floats stand with the integers: an integer found in vain costs little. */
export type ValueKey = string | boolean | number | bigint;

/** What must be so of one property where a condition holds. `text`: that texts hold it; other values may be so, too. It may also be so where the condition does not hold. */
export type Requirement =
  | { readonly kind: 'set'; readonly property: string }
  | { readonly kind: 'value'; readonly property: string; readonly keys: readonly ValueKey[] }
  | { readonly kind: 'text'; readonly property: string; readonly text: string }
  | { readonly kind: 'number'; readonly property: string; readonly side: Side; readonly bound: number }
  | { readonly kind: 'version'; readonly property: string; readonly side: Side; readonly bound: SemanticVersion };

/** Which values a bound lets through, itself among them: those from it on, or those up to it. */
export type Side = 'from' | 'to';

/** Paths whose value is known before any condition is asked. Others say nothing about who has a property. */
export const knownPaths: readonly string[] = [
  '$.identity.identifier',
  '$.identity.key',
  '$.environment.key',
  '$.environment.name',
];

/** Longer values, and lists of more items, are asked for and not looked up. */
const longestText = 1_000;
const mostItems = 100;

/** How much of a document is looked at, so that a million short lists do not take seconds. */
export interface Attention {
  /** Characters of lists and patterns; those of later conditions are asked for and not looked up. */
  characters: number;
}

/** The attention that a document gets. */
export const fullAttention = (): Attention => ({ characters: 1_000_000 });

/** What a condition requires (spec sections 7.4 to 7.6); null where nothing is required that can be looked up. */
export function requirementOf(
  { property, operator, value }: ConditionContext,
  attention: Attention,
): Requirement | null {
  if (property.startsWith('$.') && !knownPaths.includes(property)) return null;
  switch (operator) {
    case 'IS_NOT_SET':
      return null;
    case 'PERCENTAGE_SPLIT':
      // without a property it asks for the identity key
      return property === '' ? null : { kind: 'set', property };
    case 'IN':
      return oneOf(property, itemKeys(value, attention));
    case 'EQUAL':
      return versionBound(property, 'from', value) ?? oneOf(property, equalKeys(value));
    case 'GREATER_THAN':
    case 'GREATER_THAN_INCLUSIVE':
      return versionBound(property, 'from', value) ?? numberBound(property, 'from', value);
    case 'LESS_THAN':
    case 'LESS_THAN_INCLUSIVE':
      return versionBound(property, 'to', value) ?? numberBound(property, 'to', value);
    case 'CONTAINS':
      return holding(property, isShort(value) ? pythonText(value) : '');
    case 'REGEX':
      return holding(property, literalOfPattern(value, attention));
    default:
      return { kind: 'set', property };
  }
}

/** The key of a property's value. */
export function keyOf(value: NonNullable<Scalar>): ValueKey {
  return typeof value === 'object' ? value.value : value;
}

function oneOf(property: string, keys: readonly ValueKey[] | null): Requirement {
  return keys === null ? { kind: 'set', property } : { kind: 'value', property, keys };
}

function holding(property: string, text: string): Requirement {
  return text === '' ? { kind: 'set', property } : { kind: 'text', property, text };
}

/** What everything holds that a pattern matches; empty where that is not known. */
function literalOfPattern(expected: Json, attention: Attention): string {
  attention.characters -= textLength(expected);
  if (!isShort(expected) || attention.characters < 0) return '';
  const { flags, rest } = splitLookaheads(pythonText(expected));
  return literalOf(flags + rest);
}

/** Whatever type a property has, EQUAL casts to it: so one value is looked up as each of them. */
function equalKeys(expected: Json): ValueKey[] | null {
  if (!isShort(expected)) return null;
  const keys = new Set<ValueKey>([toBoolean(expected)]);
  const text = retype(pythonText(expected));
  // of texts that look like numbers there are no properties
  if (typeof text === 'string') keys.add(text);
  for (const number of [toInt(expected), toFloat(expected)]) if (number !== undefined) keys.add(number);
  return [...keys];
}

/** IN knows texts, and integers by their digits. */
function itemKeys(expected: Json, attention: Attention): ValueKey[] | null {
  attention.characters -= isList(expected) ? expected.length * charactersPerItem : textLength(expected);
  if (attention.characters < 0) return null;
  if (isList(expected) ? expected.length > mostItems || !expected.every(isShort) : !isShort(expected)) return null;
  const items = membershipItems(expected);
  if (items.length > mostItems) return null;
  const keys = items.map(retype);
  return keys.filter((key) => typeof key === 'string' || isInteger(key)) as ValueKey[];
}

/** The integer and the float that a bound is cast to may differ: the wider of the two. */
function numberBound(property: string, side: Side, expected: Json): Requirement {
  const casts = isShort(expected) ? [toInt(expected), toFloat(expected)] : [];
  const bounds = casts.filter((cast) => cast !== undefined).map(Number);
  const bound = side === 'from' ? Math.min(...bounds) : Math.max(...bounds);
  const known = bounds.length > 0 && !Number.isNaN(bound);
  return known ? { kind: 'number', property, side, bound } : { kind: 'set', property };
}

/** Null where the value is no version. */
function versionBound(property: string, side: Side, expected: Json): Requirement | null {
  if (typeof expected !== 'string' || !expected.endsWith(semverSuffix)) return null;
  const bound = parseSemver(expected.slice(0, -semverSuffix.length));
  return bound === undefined ? { kind: 'set', property } : { kind: 'version', property, side, bound };
}

const charactersPerItem = 10;
const textLength = (value: Json) => (typeof value === 'string' ? value.length : 1);

function isShort(value: Json): value is Scalar {
  return isScalar(value) && textLength(value) <= longestText;
}
