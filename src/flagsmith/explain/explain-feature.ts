import { type ExplainedAnswer, type ExplainedStep, placed, type Step, step } from '../../flags/explanation.ts';
import type { CompiledEnvironment, CompiledSegment } from '../engine/compile.ts';
import type { FeatureContext, Identity } from '../engine/context.ts';
import { Evaluation } from '../engine/evaluate.ts';
import type { EvaluationMode } from '../engine/identity-overrides.ts';
import type { CompiledState, Outcome } from '../engine/outcome.ts';
import { explainSegment } from './explain-segment.ts';
import { explainSplit } from './explain-split.ts';
import { plain, shownJson } from './plain.ts';

/** The part of an explanation that the engine can tell. */
export interface FeatureExplanation {
  readonly answer: Omit<ExplainedAnswer, 'visible'>;
  readonly because: string;
  readonly steps: readonly ExplainedStep[];
  readonly notes: readonly string[];
  /** The served answer behind it. */
  readonly outcome: Outcome;
}

/** What was explained is not what is served: a defect here, so nothing is told rather than something wrong. */
export class ExplanationMismatchError extends Error {
  override readonly name = 'ExplanationMismatchError';
}

/** Most segments of one feature that are told. All of them are asked. */
const mostSegments = 200;

interface Candidate {
  readonly step: Step;
  readonly state: CompiledState;
  readonly priority: number;
  readonly because: string;
}

/**
 * Explains the answer of a compiled environment for one feature: its own state, identity overrides, segments in document
 * order, whichever has the lowest priority, and the split of its variants. The answer is the evaluation's own.
 *
 * @returns undefined for an unknown feature
 * @throws ExplanationMismatchError
 */
export function explainFeature(
  environment: CompiledEnvironment,
  mode: EvaluationMode,
  name: string,
  identity: Identity | null,
): FeatureExplanation | undefined {
  const index = environment.features.findIndex(({ feature }) => feature.name === name);
  const own = environment.features[index];
  if (own === undefined) return undefined;
  // Core asks no segments without an identity (spec section 9, trap 3).
  const asksSegments = identity !== null || mode === 'proxy';
  const evaluation = new Evaluation(environment);
  if (asksSegments) evaluation.run(identity);
  const outcome = asksSegments ? evaluation.outcome(index) : own.state.plain;

  const steps: Step[] = [];
  const notes: string[] = [];
  const fallback = step(
    'default',
    'info',
    `The environment's own state: ${stateText(own.feature)}`,
    stateFacts(own.feature),
  );
  steps.push(fallback);
  let winner: Candidate = {
    step: fallback,
    state: own.state,
    priority: Number.NaN,
    because: 'nothing overrides the state of the environment',
  };
  if (identity !== null) {
    const override = explainIdentityOverride(environment, index, identity);
    steps.push(override.step);
    if (override.candidate !== undefined) winner = override.candidate;
  }
  if (asksSegments) winner = competeSegments(environment, index, identity, winner, steps);
  else notes.push('Without an identity no segment is asked: this is how the core API evaluates.');
  const state = winner.state.plain.feature;
  if (outcome.feature !== state) throw new ExplanationMismatchError(`feature "${name}": another state is served`);
  const split = explainSplit(state, identity, outcome);
  if (split !== undefined) steps.push(split);
  return {
    answer: {
      enabled: state.enabled,
      variant: outcome.variant,
      value: plain(outcome.value),
      reason: outcome.reason,
    },
    because: winner.because,
    steps: placed(steps, winner.step),
    notes,
    outcome,
  };
}

function explainIdentityOverride(
  { identityOverrides }: CompiledEnvironment,
  index: number,
  identity: Identity,
): { step: Step; candidate: Candidate | undefined } {
  const list = identityOverrides.find(identity);
  const found = list?.find((item) => item.index === index);
  const facts = { identifier: identity.identifier, identitiesWithOverrides: identityOverrides.size };
  const who = shownJson(identity.identifier);
  if (found === undefined) {
    const text = `Identity ${who} has no override of this feature`;
    return { step: step('identity-override', false, text, facts), candidate: undefined };
  }
  const { feature } = found.state.plain;
  const text = `Identity ${who} has an override: ${stateText(feature)}`;
  const told = step('identity-override', true, text, { ...facts, ...stateFacts(feature) });
  const because = `identity ${who} has an override of its own, which comes before all segments`;
  return { step: told, candidate: { step: told, state: found.state, priority: Number.NEGATIVE_INFINITY, because } };
}

/** Segments that override the feature, in document order; the lowest priority wins, the earlier of two equal ones. */
function competeSegments(
  environment: CompiledEnvironment,
  index: number,
  identity: Identity | null,
  first: Candidate,
  steps: Step[],
): Candidate {
  const scope = {
    environment: { key: environment.key, name: environment.name },
    features: environment.features.map(({ feature }) => feature),
    segments: environment.segments.map(({ segment }) => segment),
  };
  let winner = first;
  let told = 0;
  let untold = 0;
  for (const compiled of environment.segments) {
    environment.work.begin();
    for (const [position, of] of compiled.indexes.entries()) {
      if (of !== index) continue;
      const priority = compiled.priorities[position] as number;
      const state = compiled.look()[position] as CompiledState;
      const wins = (Number.isNaN(winner.priority) || priority < winner.priority) && compiled.matches(identity);
      const isTold = told < mostSegments || wins;
      if (!isTold) {
        untold++;
        continue;
      }
      told++;
      const { feature } = state.plain;
      const facts = { priority: Number.isFinite(priority) ? priority : null, leadsSoFar: wins, ...stateFacts(feature) };
      const segmentStep = explainSegment(compiled, scope, identity, facts, (holds) =>
        ending(holds, wins, priority, feature),
      );
      steps.push(segmentStep);
      if (wins) winner = { step: segmentStep, state, priority, because: segmentReason(compiled, priority) };
    }
  }
  if (untold > 0) steps.push(step('omitted', 'info', `${untold} more segments, which are not told`, { count: untold }));
  return winner;
}

function ending(holds: boolean, wins: boolean, priority: number, feature: FeatureContext): string {
  if (!holds) return '';
  const rank = Number.isFinite(priority) ? `priority ${priority}` : 'no priority';
  return wins ? `, ${rank}: ${stateText(feature)}` : `, ${rank}, behind what was found before`;
}

function segmentReason({ segment }: CompiledSegment, priority: number): string {
  const rank = Number.isFinite(priority) ? `, with the lowest priority of those that match (${priority})` : '';
  return `segment ${segment.key} "${segment.name}" matches and overrides it${rank}`;
}

function stateText({ enabled, value, variants }: FeatureContext): string {
  const split = variants.length === 0 ? '' : `, ${variants.length} variants`;
  return `${enabled ? 'on' : 'off'}, value ${shownJson(value)}${split}`;
}

function stateFacts({ enabled, value, key }: FeatureContext): Step['facts'] {
  return { enabled, value: plain(value), featureKey: key };
}
