import type { Integer, Json, Scalar } from '../json/value.ts';
import { retype } from './values.ts';

/** One value of a multivariate feature. */
export interface VariantContext {
  readonly value: Json;
  /** Percent of identities, 0 to 100. */
  readonly weight: number;
  /** The weight as Python prints it (`30`, `30.0`), for the reason. */
  readonly weightText: string;
  /** Variants are walked in ascending order of this. */
  readonly priority: Integer;
  readonly key: string | null;
}

/** A feature's state: the environment's own, or an override by a segment or an identity (spec section 6). */
export interface FeatureContext {
  /** What identities are hashed with. */
  readonly key: string;
  readonly name: string;
  readonly id: Integer | null;
  readonly enabled: boolean;
  readonly value: Json;
  readonly variants: readonly VariantContext[];
  /** Among overrides the lowest wins; +Infinity when the document gives none. */
  readonly priority: number;
  readonly metadata?: Json;
}

/** One condition of a segment rule. */
export interface ConditionContext {
  /** Trait name or `$.`-path; may be empty. */
  readonly property: string;
  readonly operator: string;
  readonly value: Json;
}

/** A rule: conditions and sub-rules under one quantifier, `ALL`, `ANY` or `NONE`. Other types never match. */
export interface RuleContext {
  readonly type: string;
  readonly conditions: readonly ConditionContext[];
  readonly rules: readonly RuleContext[];
}

/** A segment with the features it overrides. */
export interface SegmentContext {
  readonly key: string;
  readonly name: string;
  readonly rules: readonly RuleContext[];
  readonly overrides: readonly FeatureContext[];
  /** Where {@link overrides} are read anew each time, the characters that they are read from: not to be held before they are needed. */
  readonly deferred?: number;
  readonly metadata?: Json;
}

/** The features that one identity sees differently. */
export interface IdentityOverride {
  readonly identifier: string;
  readonly features: readonly FeatureContext[];
  /** Where {@link features} are read anew each time, the characters that they are read from: not to be held before they are needed. */
  readonly deferred?: number;
}

/** Everything an evaluation needs except the identity (spec section 7). */
export interface EvaluationContext {
  readonly environment: { readonly key: string; readonly name: string | null };
  /** In document order, names unique. */
  readonly features: readonly FeatureContext[];
  readonly segments: readonly SegmentContext[];
  readonly identityOverrides: readonly IdentityOverride[];
}

/** Who a request is about. */
export interface Identity {
  readonly identifier: string;
  /** What the identity is hashed as. */
  readonly key: string;
  /** Values as conditions see them, digit strings already turned into numbers; null traits are absent. */
  readonly traits: ReadonlyMap<string, Scalar>;
}

/**
 * Builds an identity from what was sent: of repeated traits the last counts, null means absent, digit strings become
 * numbers. Without a key it is `<environment key>_<identifier>` (spec sections 2.7, 7.1, 7.4).
 */
export function createIdentity(
  environmentKey: string,
  identifier: string,
  traits: Iterable<readonly [string, Scalar]>,
  key = '',
): Identity {
  const typed = new Map<string, Scalar>();
  for (const [name, value] of traits) {
    if (value === null) typed.delete(name);
    else typed.set(name, retype(value));
  }
  return { identifier, key: key === '' ? `${environmentKey}_${identifier}` : key, traits: typed };
}
