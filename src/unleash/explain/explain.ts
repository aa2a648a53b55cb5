import { type ExplainedAnswer, type ExplainedStep, placed } from '../../flags/explanation.ts';
import type { FeatureDefinition, SegmentDefinition } from '../definitions/types.ts';
import type { Context } from '../engine/context.ts';
import { compileFlag } from '../engine/flag.ts';
import type { FlagSet } from '../engine/flag-set.ts';
import { firstVariant, off } from '../engine/outcome.ts';
import { compileSegments } from '../engine/strategies/compile.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { explainFlag } from './explain-flag.ts';
import { RecordedDraws } from './recorded-draws.ts';

/** What requests are answered from, and the definitions that it was compiled from. */
export interface ExplainedSet {
  readonly set: FlagSet;
  /** What it was compiled with. */
  readonly environment: EngineEnvironment;
  /** A definition by its exact name, as it was compiled. */
  readonly feature: (name: string) => FeatureDefinition | undefined;
  readonly segments: ReadonlyMap<unknown, SegmentDefinition>;
  /** Why a flag's strategies count as unreadable, where that is known. */
  readonly problem: (name: string) => string | undefined;
}

/** The part of an explanation that the engine can tell. */
export interface EngineExplanation {
  readonly answer: ExplainedAnswer;
  readonly because: string;
  readonly steps: readonly ExplainedStep[];
  readonly notes: readonly string[];
}

/** What was explained is not what is served: a defect here, so nothing is told rather than something wrong. */
export class ExplanationMismatchError extends Error {
  override readonly name = 'ExplanationMismatchError';
}

/**
 * Explains the answer that a compiled set gives for one flag. The flag's definition is compiled once more, part by part,
 * by the engine's own compilers; serving keeps nothing for it. The answer is then compared with that of the set itself,
 * wherever chance and code from outside leave only one.
 *
 * @returns undefined for an unknown flag
 * @throws ExplanationMismatchError
 */
export function explainAnswer(served: ExplainedSet, name: string, context: Context): EngineExplanation | undefined {
  const { set, segments, problem } = served;
  const feature = served.feature(name);
  if (feature === undefined) return undefined;
  const draws = new RecordedDraws(served.environment.random);
  const environment = { ...served.environment, random: draws.next };
  const told = explainFlag(feature, context, { environment, draws, segments, feature: served.feature, problem });
  const custom = usesCustomCode(feature, served);
  if (!draws.drew && !custom) compare(set, name, context, told.answer);
  const notes: string[] = [];
  if (draws.drew) notes.push('Chance had a part in this: the next request may get another answer.');
  if (custom) notes.push('Some strategies here are code from outside, which may answer otherwise next time.');
  return {
    answer: told.answer,
    because: told.because,
    steps: placed(told.steps, told.decisive),
    notes,
  };
}

/** Names of the context fields that can change a flag's answer, those of flags that it depends on included. */
export function readsOf(served: ExplainedSet, name: string): ReadonlySet<string> {
  const reads = new Set<string>();
  const feature = served.feature(name);
  if (feature === undefined) return reads;
  const parents =
    feature.dependencies === 'broken' ? [] : feature.dependencies.map((one) => served.feature(one.feature));
  for (const one of [feature, ...parents]) {
    if (one !== undefined)
      compileFlag(one, compileSegments(segmentsOf(one, served), served.environment), reads, served.environment);
  }
  return reads;
}

function segmentsOf({ strategies }: FeatureDefinition, { segments }: ExplainedSet): SegmentDefinition[] {
  if (strategies === 'broken') return [];
  const ids = new Set(
    strategies.flatMap((strategy) => (strategy === null || strategy.segments === 'broken' ? [] : strategy.segments)),
  );
  return [...ids].flatMap((id) => segments.get(id) ?? []);
}

/** Whether code from outside can have a part in a flag's answer, by itself or through a flag that it depends on. */
function usesCustomCode(feature: FeatureDefinition, { environment, feature: find }: ExplainedSet): boolean {
  const { customStrategies } = environment;
  if (customStrategies.size === 0) return false;
  const own = ({ strategies }: FeatureDefinition) =>
    strategies !== 'broken' && strategies.some((strategy) => strategy !== null && customStrategies.has(strategy.name));
  if (own(feature)) return true;
  if (feature.dependencies === 'broken') return false;
  return feature.dependencies.some(({ feature: name }) => {
    const parent = find(name);
    return parent !== undefined && own(parent);
  });
}

function compare(set: FlagSet, name: string, context: Context, answer: ExplainedAnswer): void {
  const index = set.indexOf(name);
  const outcomes = set.createOutcomes();
  set.begin(outcomes);
  const outcome = set.answer(index, context, outcomes);
  const variant = set.flags[index]?.variants[outcome - firstVariant]?.name ?? null;
  if (answer.enabled === (outcome !== off) && answer.variant === variant) return;
  throw new ExplanationMismatchError(
    `flag "${name}": explained as ${answer.enabled}/${answer.variant}, served as ${outcome !== off}/${variant}`,
  );
}
