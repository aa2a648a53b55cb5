import type { FeatureDefinition, StrategyDefinition } from '../definitions/types.ts';
import type { Context } from './context.ts';
import { type Outcome, type OutcomeVariant, OutcomeVariants, off, on } from './outcome.ts';
import type { Predicate } from './predicate.ts';
import { type CompiledSegments, compileStrategy } from './strategies/compile.ts';
import { groupParameter } from './strategies/parameters.ts';
import type { EngineEnvironment } from './strategies/types.ts';
import { compileVariants, type Selection, type VariantOwner } from './variants.ts';

/** A parent that a flag depends on. */
export interface ParentCondition {
  /** The parent's position in the set. */
  readonly index: number;
  /** True when the parent's answer lets the child be on. */
  readonly holds: (outcome: Outcome) => boolean;
}

/** One flag, ready to be asked. */
export interface CompiledFlag {
  readonly name: string;
  readonly impressionData: unknown;
  /** The variants that outcomes from `firstVariant` on stand for. */
  readonly variants: readonly OutcomeVariant[];
  /** What has to hold before `decide` counts. Empty when `decide` is constant: parents are folded into it. */
  readonly parents: readonly ParentCondition[];
  /** The flag's own answer, or its constant one. */
  readonly decide: Outcome | ((context: Context) => Outcome);
}

/** One strategy: when it holds, this is the answer. */
interface Step {
  readonly test: true | Predicate;
  readonly selection: Selection;
}

/** Compiles one flag by itself; parents are linked by `compile.ts`, once all flags are known. */
export function compileFlag(
  feature: FeatureDefinition,
  segments: CompiledSegments,
  reads: Set<string>,
  environment: EngineEnvironment,
): CompiledFlag {
  const outcomes = new OutcomeVariants();
  const decide = feature.enabled ? compileDecision(feature, outcomes, segments, reads, environment) : off;
  return {
    name: feature.name,
    impressionData: feature.impressionData,
    variants: outcomes.list,
    parents: [],
    decide,
  };
}

function compileDecision(
  feature: FeatureDefinition,
  outcomes: OutcomeVariants,
  segments: CompiledSegments,
  reads: Set<string>,
  environment: EngineEnvironment,
): Selection {
  if (feature.strategies === 'broken') return off;
  const ownReads = new Set<string>();
  const own = compileVariants(feature.variants, flagOwner(feature), outcomes, ownReads, environment) ?? on;
  const steps: Step[] = [];
  if (feature.strategies.length === 0) steps.push({ test: true, selection: own });
  for (const strategy of feature.strategies) {
    if (strategy === null) continue;
    const test = compileStrategy(strategy, segments, reads, environment);
    if (test === false) continue;
    steps.push({ test, selection: strategySelection(strategy, outcomes, reads, environment) ?? own });
    // Nothing behind a strategy that always holds is ever asked.
    if (test === true) break;
  }
  if (steps.some((step) => step.selection === own)) for (const name of ownReads) reads.add(name);
  return decision(steps);
}

function strategySelection(
  strategy: StrategyDefinition,
  outcomes: OutcomeVariants,
  reads: Set<string>,
  environment: EngineEnvironment,
): Selection | undefined {
  if (strategy.variants.length === 0) return undefined;
  return compileVariants(strategy.variants, strategyOwner(strategy), outcomes, reads, environment);
}

function flagOwner(feature: FeatureDefinition): VariantOwner {
  return { group: feature.name, stickiness: 'default', fromStrategy: false };
}

function strategyOwner({ parameters }: StrategyDefinition): VariantOwner {
  return {
    // The original hashes the text of a missing group here, unlike in rollouts.
    group: parameters.groupId === undefined ? 'undefined' : groupParameter(parameters.groupId),
    stickiness: groupParameter(parameters.stickiness) || 'default',
    fromStrategy: true,
  };
}

function decision(steps: readonly Step[]): Selection {
  const [only] = steps;
  if (only === undefined) return off;
  if (steps.length === 1) {
    const { test, selection } = only;
    if (test === true) return selection;
    if (typeof selection === 'number') return (context) => (test(context) ? selection : off);
    return (context) => (test(context) ? selection(context) : off);
  }
  return (context) => {
    for (const { test, selection } of steps) {
      if (test === true || test(context)) return typeof selection === 'number' ? selection : selection(context);
    }
    return off;
  };
}
