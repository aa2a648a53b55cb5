/**
 * The Unleash definitions document as typed data: what `GET /api/client/features` delivers, read tolerantly. Fields
 * that Halyard does not evaluate stay in `source`, so that they can be passed on untouched.
 *
 * Source: Unleash client API, specification appendix A.
 */

/** A problem found while reading a document. It never concerns more than the part that it names. */
export interface DefinitionIssue {
  /** The flag or segment concerned, or undefined for the document itself. */
  readonly subject: string | undefined;
  readonly message: string;
}

/** One condition on the context. Values are kept as received; the engine decides what an operator needs. */
export interface ConstraintDefinition {
  readonly contextName: string;
  readonly operator: string;
  readonly values: readonly string[];
  /** The values as received, where they differ: blanks around them, and empty ones. */
  readonly exactValues?: readonly string[] | undefined;
  readonly value: unknown;
  readonly inverted: boolean;
  readonly caseInsensitive: boolean;
}

/** `broken` replaces a list that could not be read: whatever depends on it counts as not satisfied. */
export type Constraints = readonly ConstraintDefinition[] | 'broken';

/** One weighted alternative. */
export interface VariantDefinition {
  readonly name: string;
  readonly weight: number;
  /** Context field that decides, or `default` or `random`. */
  readonly stickiness: string | undefined;
  /** As received; undefined when the definition has none. */
  readonly payload: unknown;
  readonly overrides: readonly { readonly contextName: string; readonly values: readonly unknown[] }[];
}

/** One way for a flag to be on. */
export interface StrategyDefinition {
  readonly name: string;
  /** As received: parameters are strings from Unleash, but other servers and files may hold anything. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly constraints: Constraints;
  readonly segments: readonly unknown[] | 'broken';
  readonly variants: readonly VariantDefinition[];
}

/** A parent that has to be on, off, or on with one of some variants. */
export interface DependencyDefinition {
  readonly feature: string;
  readonly enabled: boolean;
  readonly variants: readonly string[];
}

/** One flag. */
export interface FeatureDefinition {
  readonly name: string;
  readonly enabled: boolean;
  readonly project: string | undefined;
  /** As received; undefined when the definition has none. Rendered verbatim. */
  readonly impressionData: unknown;
  /** A null entry is a strategy that could not be read and counts as false; `broken` makes the flag false. */
  readonly strategies: readonly (StrategyDefinition | null)[] | 'broken';
  readonly variants: readonly VariantDefinition[];
  readonly dependencies: readonly DependencyDefinition[] | 'broken';
  /** Whether a strategy refers to segments. */
  readonly usesSegments: boolean;
  /** The flag as received, compact JSON. */
  readonly source: string;
}

/** A named list of constraints that strategies refer to by id. */
export interface SegmentDefinition {
  readonly id: unknown;
  readonly constraints: Constraints;
  /** The segment as received. */
  readonly source: unknown;
}

/** A whole document. */
export interface Definitions {
  /** In serving order, one entry per name. See `serving-order.ts`. */
  readonly features: readonly FeatureDefinition[];
  readonly segments: ReadonlyMap<unknown, SegmentDefinition>;
  readonly issues: readonly DefinitionIssue[];
}
