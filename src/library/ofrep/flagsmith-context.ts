import { Float, integer, type Scalar } from '../../flagsmith/json/value.ts';
import type { ContextMembers } from '../../ofrep/types.ts';

/** Longest text that a trait may have, in UTF-16 units; longer ones are dropped, as lists and objects are. */
const maximumTraitLength = 2_000;

/**
 * The traits in an OpenFeature context: every scalar besides the targeting key, and the members of `traits`, which win.
 *
 * Source: OFREP specification 15.
 */
export function readTraits(members: ContextMembers): (readonly [string, Scalar])[] {
  const traits: (readonly [string, Scalar])[] = [];
  for (const name of Object.keys(members)) {
    if (name !== 'targetingKey' && name !== 'traits') addTrait(traits, name, members[name]);
  }
  const { traits: nested } = members;
  if (typeof nested === 'object' && nested !== null && !Array.isArray(nested)) {
    const own = nested as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(own)) addTrait(traits, name, unwrapped(own[name]));
  }
  return traits;
}

/** `{value, transient}`, as Flagsmith's SDKs write traits that are not to be kept; nothing is kept here. */
function unwrapped(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
}

function addTrait(traits: (readonly [string, Scalar])[], name: string, value: unknown): void {
  switch (typeof value) {
    case 'string':
      if (value.length <= maximumTraitLength) traits.push([name, value]);
      break;
    case 'boolean':
      traits.push([name, value]);
      break;
    case 'number':
      traits.push([name, Number.isInteger(value) ? integer(BigInt(value)) : new Float(value)]);
      break;
    default:
  }
}

/** The identity that a context names; undefined when it names none. */
export function identifierOf({ targetingKey }: ContextMembers): string | undefined {
  if (typeof targetingKey === 'number' || typeof targetingKey === 'boolean') return String(targetingKey);
  return typeof targetingKey === 'string' && targetingKey !== '' ? targetingKey : undefined;
}
