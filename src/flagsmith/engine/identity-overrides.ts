import { RecentEntries, type Weighed } from '../../flags/recent-entries.ts';
import { finish, type Steps } from '../../flags/steps.ts';
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

/** Overrides that are compiled, or those that are read and compiled when they are asked for. */
type Held = OverrideList | IdentityOverride;

interface CompiledList extends Weighed {
  readonly list: OverrideList;
}

const reason = 'TARGETING_MATCH; segment=identity_overrides';

/** Lists that are read again when asked for are kept up to so many bytes, roughly. */
const recentBytes = 2_000_000;

/**
 * Finds the overrides of an identity. One lookup, however many identities the document names; where they are deferred,
 * they are compiled for the first request that needs them, and kept while there is room.
 */
export class IdentityOverrides {
  readonly #byIdentifier = new Map<string, Held>();
  readonly #recent = new RecentEntries<CompiledList, IdentityOverride>(recentBytes);
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

  /** The overrides that are held ready: those that take long to be read or to be written. */
  *ready(): IterableIterator<OverrideList> {
    for (const held of this.#byIdentifier.values()) if (isReady(held)) yield held;
  }

  /** The overrides of all identities, with the identity that each list is for. Read anew each time, and not kept. */
  *entries(): IterableIterator<[identifier: string, overrides: OverrideList]> {
    for (const [identifier, held] of this.#byIdentifier) yield [identifier, this.#list(held)];
  }

  /**
   * Takes the identities of a document. Of what is said twice about one identity and feature, the first counts.
   *
   * @param found told of each different list
   */
  *fill(overrides: readonly IdentityOverride[], found: (list: OverrideList) => void): Steps<void> {
    const groups = new Groups();
    for (const override of overrides) {
      // each look at it may read it anew
      const { features } = override;
      let held: Held | undefined;
      let key: string | undefined;
      if (this.#mode === 'proxy') {
        key = yield* groups.keyOf(features);
        held = groups.known.get(key);
      }
      if (held === undefined) {
        const list = yield* this.#compile(features);
        found(list);
        held = override.deferred === undefined || list.length === 0 ? list : override;
        if (key !== undefined) groups.known.set(key, held);
      }
      this.#add(override.identifier, held);
      yield;
    }
  }

  /** The overrides that apply to an identity, or undefined. */
  find(identity: Identity): OverrideList | undefined {
    if (this.#byIdentifier.size === 0) return undefined;
    const held = this.#heldFor(identity);
    if (held === undefined || isReady(held)) return held;
    const recent = this.#recent.get(held);
    if (recent !== undefined) return recent.list;
    const list = finish(this.#compile(held.features));
    this.#recent.set(held, { list, bytes: listBytes + bytesPerCharacter * (held.deferred ?? 0) });
    return list;
  }

  #heldFor(identity: Identity): Held | undefined {
    if (this.#mode === 'core') return this.#byIdentifier.get(identity.identifier);
    // a condition `$.identity.identifier IN [...]` like any other: a trait of that name comes first, digit strings are
    // numbers, and floats and booleans are in no list (spec sections 6 and 7.4)
    const value = identity.traits.get('$.identity.identifier') ?? retype(identity.identifier);
    return typeof value === 'string' || isInteger(value) ? this.#byIdentifier.get(scalarText(value)) : undefined;
  }

  #add(identifier: string, held: Held): void {
    const known = this.#byIdentifier.get(identifier);
    const merged = known === undefined ? held : merge(this.#list(known), this.#list(held));
    if (!isReady(merged) || merged.length > 0) this.#byIdentifier.set(identifier, merged);
  }

  #list(held: Held): OverrideList {
    return isReady(held) ? held : finish(this.#compile(held.features));
  }

  *#compile(features: readonly FeatureContext[]): Steps<OverrideList> {
    if (this.#mode === 'core') return yield* this.#states(features);
    return yield* this.#states(byName(features).map((feature) => ({ ...feature, key: '', variants: [] })));
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

/** Identities of one list of overrides: the reference merges them, and what the first of them says counts for all. */
class Groups {
  readonly known = new Map<string, Held>();
  /** Texts so far that are too long to be compared. */
  #longTexts = 0;

  *keyOf(features: readonly FeatureContext[]): Steps<string> {
    const parts: string[] = [];
    for (const feature of byName(features)) {
      parts.push(this.#pythonIdentity(feature));
      if (parts.length % featuresPerStep === 0) yield;
    }
    return parts.join('\n');
  }

  /** What the reference compares to merge identities: in Python 1, 1.0 and True are one value. */
  #pythonIdentity({ id, name, enabled, value }: FeatureContext): string {
    // Merging saves memory and time. Escaping and hashing a text of megabytes costs more, and requests wait for it.
    const known = typeof value !== 'string' || value.length <= comparedLength;
    return `${id} ${JSON.stringify(name)} ${enabled} ${known ? comparable(value) : `text ${++this.#longTexts}`}`;
  }
}

const featuresPerStep = 200;
const comparedLength = 10_000;
const listBytes = 300;
const bytesPerCharacter = 2;

function isReady(held: Held): held is OverrideList {
  return Array.isArray(held);
}

function byName(features: readonly FeatureContext[]): FeatureContext[] {
  return [...features].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

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
