import type { FeatureContext, IdentityOverride, SegmentContext } from '../engine/context.ts';
import type { DefinitionIssue } from '../engine/issues.ts';
import type { Integer } from '../json/value.ts';

/** An environment document after parsing: what evaluation and serving need of it (spec sections 5 and 6). */
export interface EnvironmentDocument {
  /** The client key; first half of every identity key. */
  readonly apiKey: string;
  readonly name: string | null;
  /** Null: the project's setting counts. Version 2.23 of the original ignores it. */
  readonly hideDisabledFlags: boolean | null;
  readonly project: {
    readonly hideDisabledFlags: boolean;
    readonly serverKeyOnlyFeatureIds: ReadonlySet<Integer>;
  };
  /** In document order; of a repeated name the last state at the first position. */
  readonly features: readonly FeatureContext[];
  /** `STANDARD`, `MULTIVARIATE`, … by feature id. */
  readonly featureTypes: ReadonlyMap<Integer, string>;
  /** In document order; of a repeated id the last segment at the first position. */
  readonly segments: readonly SegmentContext[];
  readonly identityOverrides: readonly IdentityOverride[];
  /** `updated_at` as written; null when it is missing, empty or no string. */
  readonly updatedAt: string | null;
  /** The whole document as JSON, as it was received; identity overrides of later pages appended to those of the first. */
  readonly text: string;
}

/** A parsed document, or nothing; in both cases with everything that is wrong with it. */
export interface DocumentResult {
  /** Null when the document as a whole cannot be used. */
  readonly document: EnvironmentDocument | null;
  readonly issues: readonly DefinitionIssue[];
}
