import type { FeatureDefinition, StrategyDefinition, VariantDefinition } from '../definitions/types.ts';
import { type Outcome, type OutcomeVariant, OutcomeVariants, off, on } from './outcome.ts';
import type { Condition } from './predicate.ts';
import { sharedParts } from './shared.ts';
import { type CompiledSegments, compileStrategy } from './strategies/compile.ts';
import { groupParameter } from './strategies/parameters.ts';
import type { EngineEnvironment } from './strategies/types.ts';
import { compileVariants, type Selection, type VariantChoice, type VariantOwner } from './variants.ts';

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
  /** Whether it is switched on at all. */
  readonly enabled: boolean;
  readonly project: string | undefined;
  /** Every payload that a variant of the flag or of one of its strategies can bring. */
  readonly payloads: readonly unknown[];
  readonly impressionData: unknown;
  /** The variants that outcomes from `firstVariant` on stand for. */
  readonly variants: readonly OutcomeVariant[];
  /** What has to hold before the flag's own steps count. Empty when the answer is settled: parents are folded into it. */
  readonly parents: readonly ParentCondition[];
  /** The answer where no context can change it. */
  readonly settled: Outcome | undefined;
  /** The first step whose test holds gives the answer. */
  readonly steps: readonly Step[];
}

/** One strategy: when it holds, this is the answer. */
export interface Step {
  readonly test: true | Condition;
  readonly selection: Selection;
  /** The answer with the mark of overrides. */
  readonly marked: Selection;
  /** True when weights decide between variants. */
  readonly isSplit: boolean;
  /** undefined for a flag without strategies. */
  readonly strategy: StrategyBrief | undefined;
}

/** What reasons tell about a strategy. Its definition, with its long lists, is not kept. */
export interface StrategyBrief {
  readonly name: string;
  /** It has constraints or segments. */
  readonly isConditional: boolean;
  /** The parameters of this name, as received. */
  readonly rollout: unknown;
  readonly percentage: unknown;
}

const whole: VariantChoice = { selection: on, marked: on, isSplit: false };

/** Of most flags. */
const none: readonly never[] = [];

/** Compiles one flag by itself; parents are linked by `compile.ts`, once all flags are known. */
export function compileFlag(
  feature: FeatureDefinition,
  segments: CompiledSegments,
  reads: Set<string>,
  environment: EngineEnvironment,
): CompiledFlag {
  const outcomes = new OutcomeVariants(sharedParts(environment).variants);
  const steps = feature.enabled ? compileSteps(feature, outcomes, segments, reads, environment) : [];
  return {
    name: feature.name,
    enabled: feature.enabled,
    project: feature.project,
    payloads: payloadsOf(feature, environment),
    impressionData: feature.impressionData,
    variants: outcomes.list.length === 0 ? none : outcomes.list,
    parents: none,
    settled: settledAnswer(steps),
    steps: steps.length === 0 ? none : steps,
  };
}

function payloadsOf(
  { variants, strategies }: FeatureDefinition,
  environment: EngineEnvironment,
): CompiledFlag['payloads'] {
  const shared = sharedParts(environment).payloads;
  const found = new Set<unknown>();
  const add = ({ payload }: VariantDefinition) => {
    if (payload === undefined || payload === null) return;
    found.add(shared.once(JSON.stringify(payload), () => payload));
  };
  variants.forEach(add);
  if (strategies !== 'broken') for (const strategy of strategies) strategy?.variants.forEach(add);
  return found.size === 0 ? none : [...found];
}

function compileSteps(
  feature: FeatureDefinition,
  outcomes: OutcomeVariants,
  segments: CompiledSegments,
  reads: Set<string>,
  environment: EngineEnvironment,
): Step[] {
  if (feature.strategies === 'broken') return [];
  const ownReads = new Set<string>();
  const own = compileVariants(feature.variants, flagOwner(feature), outcomes, ownReads, environment) ?? whole;
  const steps: Step[] = [];
  const add = (test: Step['test'], choice: VariantChoice, strategy: StrategyDefinition | undefined) =>
    steps.push({ test, ...choice, strategy: strategy && briefOf(strategy, environment) });
  if (feature.strategies.length === 0) add(true, own, undefined);
  for (const strategy of feature.strategies) {
    if (strategy === null) continue;
    const test = compileStrategy(strategy, segments, reads, environment);
    if (test === false) continue;
    add(test, strategyChoice(strategy, outcomes, reads, environment) ?? own, strategy);
    // Nothing behind a strategy that always holds is ever asked.
    if (test === true) break;
  }
  if (steps.some((step) => step.selection === own.selection)) for (const name of ownReads) reads.add(name);
  return steps;
}

function briefOf(
  { name, constraints, segments, parameters }: StrategyDefinition,
  environment: EngineEnvironment,
): StrategyBrief {
  const { rollout, percentage } = parameters;
  const brief = { name, isConditional: constraints.length > 0 || segments.length > 0, rollout, percentage };
  // In JSON a share that is no number looks like none.
  const description = `${typeof rollout} ${typeof percentage} ${JSON.stringify(brief)}`;
  return sharedParts(environment).briefs.once(description, () => brief);
}

function strategyChoice(
  strategy: StrategyDefinition,
  outcomes: OutcomeVariants,
  reads: Set<string>,
  environment: EngineEnvironment,
): VariantChoice | undefined {
  if (strategy.variants.length === 0) return undefined;
  return compileVariants(strategy.variants, strategyOwner(strategy), outcomes, reads, environment);
}

/** Whose variants a flag's own are. */
export function flagOwner(feature: FeatureDefinition): VariantOwner {
  return { group: feature.name, stickiness: 'default', fromStrategy: false };
}

/** Whose variants a strategy's are. */
export function strategyOwner({ parameters }: StrategyDefinition): VariantOwner {
  return {
    // The original hashes the text of a missing group here, unlike in rollouts.
    group: parameters.groupId === undefined ? 'undefined' : groupParameter(parameters.groupId),
    stickiness: groupParameter(parameters.stickiness) || 'default',
    fromStrategy: true,
  };
}

/**
 * The steps without those whose answer is that of a later one which always holds: nothing depends on them but the way to
 * the answer.
 */
export function decisiveSteps(steps: readonly Step[]): readonly Step[] {
  const last = steps.at(-1);
  if (last?.test !== true) return steps;
  let count = steps.length - 1;
  while (count > 0 && steps[count - 1]?.selection === last.selection) count--;
  return count === steps.length - 1 ? steps : [...steps.slice(0, count), last];
}

function settledAnswer(steps: readonly Step[]): Outcome | undefined {
  const [first] = decisiveSteps(steps);
  if (first === undefined) return off;
  return first.test === true && typeof first.selection === 'number' ? first.selection : undefined;
}
