import { type ExplainedAnswer, type Step, shown, shownList, step } from '../../flags/explanation.ts';
import type { DependencyDefinition, FeatureDefinition, StrategyDefinition } from '../definitions/types.ts';
import { parentTest } from '../engine/compile.ts';
import type { Context } from '../engine/context.ts';
import { flagOwner, strategyOwner } from '../engine/flag.ts';
import { firstVariant, type OutcomeVariant, off, on } from '../engine/outcome.ts';
import { percentageParameter } from '../engine/strategies/parameters.ts';
import { type ExplainWorld, explainStrategy, skippedStrategy } from './explain-strategy.ts';
import { type ExplainedVariants, explainVariants } from './explain-variants.ts';

/** What explaining a flag needs besides the flag. */
export interface FlagWorld extends ExplainWorld {
  /** A flag by its exact name. */
  readonly feature: (name: string) => FeatureDefinition | undefined;
  /** Why a flag's strategies count as unreadable, where that is known. */
  readonly problem: (name: string) => string | undefined;
}

/** A flag that was explained. */
export interface ExplainedFlag {
  readonly answer: ExplainedAnswer;
  readonly variant: OutcomeVariant | undefined;
  readonly steps: readonly Step[];
  readonly decisive: Step;
  readonly because: string;
}

/** Most strategies of one flag that are told. The original gives up long before. */
const mostStrategies = 200;

/** Explains one flag: its switch, its parents, its strategies in order, its variants. */
export function explainFlag(feature: FeatureDefinition, context: Context, world: FlagWorld): ExplainedFlag {
  const steps: Step[] = [];
  const isOff = (decisive: Step, reason: string, because: string): ExplainedFlag => ({
    answer: { enabled: false, visible: true, variant: null, reason },
    variant: undefined,
    steps,
    decisive,
    because,
  });
  const { name } = feature;
  const kill = step('switch', feature.enabled, `The flag is switched ${feature.enabled ? 'on' : 'off'}`, {
    enabled: feature.enabled,
  });
  steps.push(kill);
  if (!feature.enabled) return isOff(kill, 'DISABLED', 'it is switched off');

  for (const parent of explainParents(feature, context, world)) {
    steps.push(parent);
    if (parent.verdict === 'no')
      return isOff(parent, 'DEFAULT', `a flag that it depends on does not allow it: ${parent.text}`);
  }
  if (feature.strategies === 'broken') {
    const problem = world.problem(name) ?? 'its strategies cannot be read';
    const broken = step('strategies', false, `The strategies cannot be used: ${problem}`, { problem });
    steps.push(broken);
    return isOff(broken, 'DEFAULT', `its definition cannot be used: ${problem}`);
  }
  if (feature.strategies.length === 0) {
    const none = step('strategies', true, 'The flag has no strategies: it is on for everybody');
    steps.push(none);
    return isOn(feature, undefined, none, 'it has no strategies', steps, context, world);
  }
  return byStrategies(feature, feature.strategies, steps, context, world, isOff);
}

function byStrategies(
  feature: FeatureDefinition,
  strategies: readonly (StrategyDefinition | null)[],
  steps: Step[],
  context: Context,
  world: FlagWorld,
  isOff: (decisive: Step, reason: string, because: string) => ExplainedFlag,
): ExplainedFlag {
  let firstFailure: Step | undefined;
  for (const [index, strategy] of strategies.entries()) {
    const { holds, step: told, decisive } = explainStrategy(strategy, index + 1, context, world);
    if (holds || index < mostStrategies) steps.push(told);
    if (holds) {
      const behind = strategies.slice(index + 1, mostStrategies);
      behind.forEach((next, offset) => {
        steps.push(skippedStrategy(next, index + 2 + offset));
      });
      const conditions = told.steps.length - 1;
      const too =
        conditions === 0
          ? ''
          : conditions === 1
            ? ', and so does its condition'
            : `, and so do its ${conditions} conditions`;
      const because = `strategy ${index + 1} (${strategy?.name}) holds${too}: ${decisive.text}`;
      return isOn(feature, strategy ?? undefined, decisive, because, steps, context, world);
    }
    firstFailure ??= decisive;
  }
  const only = strategies.length === 1 && firstFailure !== undefined;
  const because = only
    ? `its only strategy does not hold: ${firstFailure?.text}`
    : `none of its ${strategies.length} strategies holds`;
  // Every strategy had a part in it; the last thing that could have changed the answer is the list as a whole.
  const decisive = only
    ? (firstFailure as Step)
    : step('strategies', false, `None of the ${strategies.length} strategies holds`);
  if (!only) steps.push(decisive);
  return isOff(decisive, 'DEFAULT', because);
}

function isOn(
  feature: FeatureDefinition,
  strategy: StrategyDefinition | undefined,
  decisive: Step,
  because: string,
  steps: Step[],
  context: Context,
  world: FlagWorld,
): ExplainedFlag {
  const ofStrategy =
    strategy === undefined || strategy.variants.length === 0
      ? undefined
      : explainVariants(strategy.variants, strategyOwner(strategy), context, world);
  const chosen = ofStrategy ?? explainVariants(feature.variants, flagOwner(feature), context, world);
  if (chosen !== undefined) steps.push(chosen.step);
  const variant = chosen?.variant;
  return {
    answer: {
      enabled: true,
      visible: true,
      variant: variant?.name ?? null,
      ...(variant?.payload === undefined ? {} : { value: variant.payload }),
      reason: reasonOf(strategy, chosen, world),
    },
    variant,
    steps,
    decisive,
    because,
  };
}

/** Source: OFREP specification 16, reasons. */
function reasonOf(
  strategy: StrategyDefinition | undefined,
  chosen: ExplainedVariants | undefined,
  { environment }: ExplainWorld,
): string {
  if (chosen?.listed) return 'TARGETING_MATCH';
  if (chosen?.isSplit) return 'SPLIT';
  if (strategy === undefined) return 'STATIC';
  const { name, parameters, constraints, segments } = strategy;
  const isCustom = environment.customStrategies.has(name);
  if (!isCustom && /^(flexibleRollout|gradualRollout)/.test(name)) {
    const share = percentageParameter(name === 'flexibleRollout' ? parameters.rollout : parameters.percentage);
    if (share < 100) return 'SPLIT';
  }
  const isList = !isCustom && ['userWithId', 'remoteAddress', 'applicationHostname'].includes(name);
  if (constraints.length > 0 || segments.length > 0 || isList) return 'TARGETING_MATCH';
  return isCustom ? 'UNKNOWN' : 'STATIC';
}

/** The flags that a flag depends on, in order, up to the first that does not allow it. */
function explainParents(feature: FeatureDefinition, context: Context, world: FlagWorld): Step[] {
  if (feature.dependencies === 'broken') {
    return [step('parent', false, 'the flags that it depends on cannot be read', { problem: 'unreadable' })];
  }
  const steps: Step[] = [];
  for (const dependency of feature.dependencies) {
    const told = explainParent(dependency, context, world);
    steps.push(told);
    if (told.verdict === 'no') break;
  }
  return steps;
}

function explainParent(dependency: DependencyDefinition, context: Context, world: FlagWorld): Step {
  const { feature: name, enabled, variants } = dependency;
  const wish = enabled ? (variants.length === 0 ? 'on' : `on with one of ${shownList(variants)}`) : 'off';
  const head = `Depends on ${shown(name)} being ${wish}`;
  const facts = { feature: name, wanted: { enabled, variants } };
  const parent = world.feature(name);
  if (parent === undefined)
    return step('parent', false, `${head}: there is no such flag`, { ...facts, problem: 'missing' });
  if (parent.dependencies === 'broken' || parent.dependencies.length > 0) {
    const text = `${head}: it depends on others itself, which is one level too many`;
    return step('parent', false, text, { ...facts, problem: 'nested' });
  }
  const { answer, variant, steps, because } = explainFlag(parent, context, world);
  const is = answer.enabled ? `on${variant === undefined ? '' : ` with ${shown(variant.name)}`}` : 'off';
  const isOnWith = variant === undefined ? on : firstVariant;
  const found = { variants: variant === undefined ? [] : [variant] };
  const test = parentTest(dependency, found, world.environment.semantics === 'yggdrasil');
  const holds = test(answer.enabled ? isOnWith : off);
  return step('parent', holds, `${head}: it is ${is}, because ${because}`, { ...facts, answer }, steps);
}
