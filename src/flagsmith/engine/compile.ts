import type { Steps } from '../../flags/steps.ts';
import { never, type Predicate } from './condition.ts';
import type { EvaluationContext, FeatureContext, SegmentContext } from './context.ts';
import { type EvaluationMode, IdentityOverrides } from './identity-overrides.ts';
import type { Report } from './issues.ts';
import { type CompiledState, compileState } from './outcome.ts';
import { compilePatterns } from './patterns.ts';
import { segmentRuleSteps } from './rule.ts';
import { SegmentIndex } from './segment-index/segment-index.ts';
import { Work } from './work.ts';

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
  /** Finds those of {@link deciding} that an identity can match. */
  readonly decidingIndex: SegmentIndex;
  readonly identityOverrides: IdentityOverrides;
  /** What the conditions of one evaluation may cost. */
  readonly work: Work;
}

const statesPerStep = 100;

/**
 * Compiles a context (spec sections 6 and 7). A generator that stops after every pattern, segment and identity, so that large
 * documents can be compiled in slices. Conditions that can never hold are reported; nothing here throws.
 */
export function* compileEnvironment(
  context: EvaluationContext,
  mode: EvaluationMode,
  report: Report,
): Steps<CompiledEnvironment> {
  const features: CompiledFeature[] = [];
  for (const feature of context.features) {
    features.push({ feature, state: compileState(feature, 'DEFAULT'), overridable: false });
    if (features.length % statesPerStep === 0) yield;
  }
  const indexOf = new Map(context.features.map((feature, index) => [feature.name, index]));
  const segments: CompiledSegment[] = [];
  const patterns = yield* compilePatterns(context.segments);
  const work = new Work();
  const scope = { ...context, patterns, work };
  for (const segment of context.segments) {
    const matches = yield* segmentRuleSteps(segment, scope, report);
    const compiled = yield* compileSegment(segment, matches, indexOf);
    segments.push(compiled);
    if (compiled.matches !== never) for (const index of compiled.indexes) features[index]!.overridable = true;
    yield;
  }
  const identityOverrides = new IdentityOverrides(mode, indexOf);
  for (const override of context.identityOverrides) {
    yield* identityOverrides.add(override);
    for (const { name } of override.features) {
      const index = indexOf.get(name);
      if (index !== undefined) features[index]!.overridable = true;
    }
    yield;
  }
  const deciding = segments.filter(({ matches, states }) => matches !== never && states.length > 0);
  const rules = deciding.map(({ segment }) => segment.rules);
  const decidingIndex = yield* SegmentIndex.create(rules, context.environment);
  const { key, name } = context.environment;
  return { key, name, features, segments, deciding, decidingIndex, identityOverrides, work };
}

function* compileSegment(
  segment: SegmentContext,
  matches: Predicate,
  indexOf: ReadonlyMap<string, number>,
): Steps<CompiledSegment> {
  const reason = `TARGETING_MATCH; segment=${segment.name}`;
  const overrides = segment.overrides.filter(({ name }) => indexOf.has(name));
  const states: CompiledState[] = [];
  for (const override of overrides) {
    states.push(compileState(override, reason));
    if (states.length % statesPerStep === 0) yield;
  }
  return {
    segment,
    matches,
    indexes: Int32Array.from(overrides, ({ name }) => indexOf.get(name)!),
    priorities: Float64Array.from(overrides, ({ priority }) => priority),
    states,
  };
}
