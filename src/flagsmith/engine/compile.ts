import { finish, type Steps } from '../../flags/steps.ts';
import { never, type Predicate } from './condition.ts';
import type { EvaluationContext, FeatureContext, SegmentContext } from './context.ts';
import { type EvaluationMode, IdentityOverrides } from './identity-overrides.ts';
import type { Report } from './issues.ts';
import { type CompiledState, compileState, hasValue } from './outcome.ts';
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
  /** What it gives each of them. Where they are deferred, they are compiled when this is first asked for. */
  readonly states: readonly CompiledState[];
  /** Whether {@link states} are compiled when they are first asked for, and not before. */
  readonly deferred: boolean;
  /** {@link states}, not kept where they are deferred: for those who look at all segments. */
  look(): readonly CompiledState[];
}

/** A feature of the environment. */
export interface CompiledFeature {
  readonly feature: FeatureContext;
  readonly state: CompiledState;
  /** Whether some segment or identity can replace {@link state}. */
  overridable: boolean;
  /** Whether some override gives it a value other than null. */
  valued: boolean;
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
    features.push({ feature, state: compileState(feature, 'DEFAULT'), overridable: false, valued: false });
    if (features.length % statesPerStep === 0) yield;
  }
  const indexOf = new Map(context.features.map((feature, index) => [feature.name, index]));
  const segments: CompiledSegment[] = [];
  const patterns = yield* compilePatterns(context.segments);
  const work = new Work();
  const scope = {
    environment: context.environment,
    features: context.features,
    segments: context.segments,
    patterns,
    work,
  };
  for (const segment of context.segments) {
    const matches = yield* segmentRuleSteps(segment, scope, report);
    const { indexes, priorities, states } = yield* compileOverrides(segment, indexOf);
    states.forEach((state, i) => {
      const feature = features[indexes[i]!]!;
      feature.valued ||= hasValue(state);
      if (matches !== never) feature.overridable = true;
    });
    const held = segment.deferred === undefined ? states : null;
    segments.push(new Segment({ segment, matches, indexes, priorities, indexOf }, held));
    yield;
  }
  const identityOverrides = new IdentityOverrides(mode, indexOf);
  yield* identityOverrides.fill(context.identityOverrides, (list) => {
    for (const { index, state } of list) {
      const feature = features[index]!;
      feature.valued ||= hasValue(state);
      feature.overridable = true;
    }
  });
  const deciding = segments.filter(({ matches, indexes }) => matches !== never && indexes.length > 0);
  const rules = deciding.map(({ segment }) => segment.rules);
  const decidingIndex = yield* SegmentIndex.create(rules, context.environment);
  const { key, name } = context.environment;
  return { key, name, features, segments, deciding, decidingIndex, identityOverrides, work };
}

interface Overrides {
  readonly indexes: Int32Array;
  readonly priorities: Float64Array;
  readonly states: readonly CompiledState[];
}

function* compileOverrides(segment: SegmentContext, indexOf: ReadonlyMap<string, number>): Steps<Overrides> {
  const reason = `TARGETING_MATCH; segment=${segment.name}`;
  const overrides = segment.overrides.filter(({ name }) => indexOf.has(name));
  const states: CompiledState[] = [];
  for (const override of overrides) {
    states.push(compileState(override, reason));
    if (states.length % statesPerStep === 0) yield;
  }
  return {
    indexes: Int32Array.from(overrides, ({ name }) => indexOf.get(name)!),
    priorities: Float64Array.from(overrides, ({ priority }) => priority),
    states,
  };
}

interface SegmentParts extends Pick<CompiledSegment, 'segment' | 'matches' | 'indexes' | 'priorities'> {
  readonly indexOf: ReadonlyMap<string, number>;
}

class Segment implements CompiledSegment {
  readonly segment: SegmentContext;
  readonly matches: Predicate;
  readonly indexes: Int32Array;
  readonly priorities: Float64Array;
  readonly #indexOf: ReadonlyMap<string, number>;
  #states: readonly CompiledState[] | null;

  constructor(
    { segment, matches, indexes, priorities, indexOf }: SegmentParts,
    states: readonly CompiledState[] | null,
  ) {
    this.segment = segment;
    this.matches = matches;
    this.indexes = indexes;
    this.priorities = priorities;
    this.#indexOf = indexOf;
    this.#states = states;
  }

  get deferred(): boolean {
    return this.segment.deferred !== undefined;
  }

  get states(): readonly CompiledState[] {
    this.#states ??= this.look();
    return this.#states;
  }

  look(): readonly CompiledState[] {
    return this.#states ?? finish(compileOverrides(this.segment, this.#indexOf)).states;
  }
}
