import type { Steps } from '../../flags/steps.ts';
import { encodeJson } from '../json/encode.ts';
import { Float, isInteger, type Json } from '../json/value.ts';
import type { FeatureContext, Identity, IdentityOverride } from './context.ts';
import { type CompiledState, compileState } from './outcome.ts';
import { retype, scalarText } from './values.ts';

/**
 * Whose evaluation to follow where Edge Proxy and Flagsmith's core differ (spec section 9): `proxy` gives the values of
 * Edge Proxy 2.23.0, `core` those of the core API.
 */
export type EvaluationMode = 'proxy' | 'core';

/** The states one identity sees instead of the environment's, by feature. */
export type OverrideList = readonly { readonly index: number; readonly state: CompiledState }[];

const reason = 'TARGETING_MATCH; segment=identity_overrides';

/** Finds the overrides of an identity. One lookup, however many identities the document names. */
export class IdentityOverrides {
  readonly #byIdentifier = new Map<string, OverrideList>();
  readonly #groups = new Map<string, OverrideList>();
  /** Texts so far that are too long to be compared. */
  #longTexts = 0;
  readonly #mode: EvaluationMode;
  readonly #indexOf: ReadonlyMap<string, number>;

  /** @param indexOf position of each of the environment's features by name */
  constructor(mode: EvaluationMode, indexOf: ReadonlyMap<string, number>) {
    this.#mode = mode;
    this.#indexOf = indexOf;
  }

  /** Number of identities with overrides. */
  get size(): number {
    return this.#byIdentifier.size;
  }

  /** The overrides of all identities. */
  lists(): IterableIterator<OverrideList> {
    return this.#byIdentifier.values();
  }

  /** The same with the identity that each list is for. */
  entries(): IterableIterator<[identifier: string, overrides: OverrideList]> {
    return this.#byIdentifier.entries();
  }

  /** Takes an identity of the document. Of what is said twice about one identity and feature, the first counts. */
  *add(override: IdentityOverride): Steps<void> {
    const list = yield* this.#compile(override);
    const known = this.#byIdentifier.get(override.identifier);
    const merged = known === undefined ? list : merge(known, list);
    if (merged.length > 0) this.#byIdentifier.set(override.identifier, merged);
  }

  /** The overrides that apply to an identity, or undefined. */
  find(identity: Identity): OverrideList | undefined {
    if (this.#byIdentifier.size === 0) return undefined;
    if (this.#mode === 'core') return this.#byIdentifier.get(identity.identifier);
    // a condition `$.identity.identifier IN [...]` like any other: a trait of that name comes first, digit strings are
    // numbers, and floats and booleans are in no list (spec sections 6 and 7.4)
    const value = identity.traits.get('$.identity.identifier') ?? retype(identity.identifier);
    return typeof value === 'string' || isInteger(value) ? this.#byIdentifier.get(scalarText(value)) : undefined;
  }

  *#compile({ features }: IdentityOverride): Steps<OverrideList> {
    if (this.#mode === 'core') return yield* this.#states(features);
    const sorted = [...features].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const parts: string[] = [];
    for (const feature of sorted) {
      parts.push(this.#pythonIdentity(feature));
      if (parts.length % featuresPerStep === 0) yield;
    }
    const key = parts.join('\n');
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = yield* this.#states(sorted.map((feature) => ({ ...feature, key: '', variants: [] })));
      this.#groups.set(key, group);
    }
    return group;
  }

  /** What the reference compares to merge identities: in Python 1, 1.0 and True are one value. */
  #pythonIdentity({ id, name, enabled, value }: FeatureContext): string {
    // Merging saves memory and time. Escaping and hashing a text of megabytes costs more, and requests wait for it.
    const known = typeof value !== 'string' || value.length <= comparedLength;
    return `${id} ${JSON.stringify(name)} ${enabled} ${known ? comparable(value) : `text ${++this.#longTexts}`}`;
  }

  *#states(features: readonly FeatureContext[]): Steps<OverrideList> {
    const list: { index: number; state: CompiledState }[] = [];
    const taken = new Set<number>();
    for (const feature of features) {
      const index = this.#indexOf.get(feature.name);
      if (index === undefined || taken.has(index)) continue;
      taken.add(index);
      list.push({ index, state: compileState(feature, reason) });
      if (list.length % featuresPerStep === 0) yield;
    }
    return list;
  }
}

const featuresPerStep = 200;
const comparedLength = 10_000;

function merge(known: OverrideList, more: OverrideList): OverrideList {
  const taken = new Set(known.map(({ index }) => index));
  return [...known, ...more.filter(({ index }) => !taken.has(index))];
}

function comparable(value: Json): string {
  if (value === true) return '1';
  if (value === false) return '0';
  if (value instanceof Float && Number.isInteger(value.value)) return String(BigInt(value.value));
  return encodeJson(value);
}
