import { type ConditionScope, never, type Predicate, patternOf } from './condition.ts';
import type { EvaluationContext, FeatureContext, RuleContext, SegmentContext } from './context.ts';
import { type EvaluationMode, IdentityOverrides } from './identity-overrides.ts';
import type { Report } from './issues.ts';
import { type CompiledState, compileState } from './outcome.ts';
import { type CompiledRegex, compileRegex } from './regex.ts';
import { compileSegmentRules } from './rule.ts';

/** A segment ready to be asked. */
export interface CompiledSegment {
  readonly segment: SegmentContext;
  readonly matches: Predicate;
  /** Positions of the features it overrides. */
  readonly indexes: Int32Array;
  readonly priorities: Float64Array;
  readonly states: readonly CompiledState[];
}

/** A feature of the environment. */
export interface CompiledFeature {
  readonly feature: FeatureContext;
  readonly state: CompiledState;
  /** Whether some segment or identity can replace {@link state}. */
  overridable: boolean;
}

/** An environment ready to be evaluated. Immutable once made. */
export interface CompiledEnvironment {
  readonly key: string;
  /** Conditions may ask for it. */
  readonly name: string | null;
  readonly features: readonly CompiledFeature[];
  /** All segments, in document order. */
  readonly segments: readonly CompiledSegment[];
  /** Those that can change an answer. */
  readonly deciding: readonly CompiledSegment[];
  readonly identityOverrides: IdentityOverrides;
}

/**
 * Compiles a context (spec sections 6 and 7). A generator that stops after every pattern, segment and identity, so that large
 * documents can be compiled in slices. Conditions that can never hold are reported; nothing here throws.
 */
export function* compileEnvironment(
  context: EvaluationContext,
  mode: EvaluationMode,
  report: Report,
): Generator<void, CompiledEnvironment> {
  const features = context.features.map(
    (feature): CompiledFeature => ({ feature, state: compileState(feature, 'DEFAULT'), overridable: false }),
  );
  const indexOf = new Map(context.features.map((feature, index) => [feature.name, index]));
  const segments: CompiledSegment[] = [];
  const patterns = new Map<string, CompiledRegex>();
  const scope = { ...context, patterns };
  for (const segment of context.segments) {
    yield* compilePatterns(segment.rules, patterns);
    const compiled = compileSegment(segment, scope, indexOf, report);
    segments.push(compiled);
    if (compiled.matches !== never) for (const index of compiled.indexes) features[index]!.overridable = true;
    yield;
  }
  const identityOverrides = new IdentityOverrides(mode, indexOf);
  for (const override of context.identityOverrides) {
    identityOverrides.add(override);
    for (const { name } of override.features) {
      const index = indexOf.get(name);
      if (index !== undefined) features[index]!.overridable = true;
    }
    yield;
  }
  const deciding = segments.filter(({ matches, states }) => matches !== never && states.length > 0);
  const { key, name } = context.environment;
  return { key, name, features, segments, deciding, identityOverrides };
}

/** Patterns take longest to compile, and are often the same in many conditions. */
function* compilePatterns(rules: readonly RuleContext[], patterns: Map<string, CompiledRegex>): Generator<void, void> {
  for (const { conditions, rules: subRules } of rules) {
    for (const condition of conditions) {
      const pattern = patternOf(condition);
      if (pattern === null || patterns.has(pattern)) continue;
      patterns.set(pattern, compileRegex(pattern));
      yield;
    }
    yield* compilePatterns(subRules, patterns);
  }
}

function compileSegment(
  segment: SegmentContext,
  scope: ConditionScope,
  indexOf: ReadonlyMap<string, number>,
  report: Report,
): CompiledSegment {
  const reason = `TARGETING_MATCH; segment=${segment.name}`;
  const overrides = segment.overrides.filter(({ name }) => indexOf.has(name));
  return {
    segment,
    matches: compileSegmentRules(segment, scope, report),
    indexes: Int32Array.from(overrides, ({ name }) => indexOf.get(name)!),
    priorities: Float64Array.from(overrides, ({ priority }) => priority),
    states: overrides.map((override) => compileState(override, reason)),
  };
}
