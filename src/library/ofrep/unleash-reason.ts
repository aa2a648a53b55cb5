import type { CompiledFlag, StrategyBrief } from '../../unleash/engine/flag.ts';
import { firstVariant, off } from '../../unleash/engine/outcome.ts';
import type { Way } from '../../unleash/engine/ways.ts';

const lists: ReadonlySet<string> = new Set(['userWithId', 'remoteAddress', 'applicationHostname']);
const shares: Readonly<Record<string, 'rollout' | 'percentage'>> = {
  flexibleRollout: 'rollout',
  gradualRolloutRandom: 'percentage',
  gradualRolloutUserId: 'percentage',
  gradualRolloutSessionId: 'percentage',
};

/** What is said about the strategy that decided. */
export interface MatchedStrategy {
  readonly strategy?: string;
  readonly rollout?: number;
}

/**
 * Why a flag answered as it did, in OpenFeature's words; the first that applies.
 *
 * Source: OFREP specification 16.
 *
 * @param isCustom whether a strategy of this name comes from outside
 */
export function reasonOf(
  flag: CompiledFlag,
  { outcome, step, listed }: Way,
  isCustom: (name: string) => boolean,
): string {
  if (!flag.enabled) return 'DISABLED';
  if (outcome === off || step === undefined) return 'DEFAULT';
  if (listed) return 'TARGETING_MATCH';
  const { strategy } = step;
  const custom = strategy !== undefined && isCustom(strategy.name);
  const share = strategy === undefined || custom ? undefined : rolloutOf(strategy);
  if ((step.isSplit && outcome >= firstVariant) || (share !== undefined && share < 100)) return 'SPLIT';
  if (strategy !== undefined) {
    const { isConditional, name } = strategy;
    if (isConditional || (!custom && lists.has(name))) return 'TARGETING_MATCH';
  }
  return custom ? 'UNKNOWN' : 'STATIC';
}

/** The strategy that decided, and its share of users where it has one. */
export function matchedStrategy({ step }: Way): MatchedStrategy {
  if (step?.strategy === undefined) return {};
  const rollout = rolloutOf(step.strategy);
  return { strategy: step.strategy.name, ...(rollout === undefined ? {} : { rollout }) };
}

function rolloutOf(strategy: StrategyBrief): number | undefined {
  const parameter = Object.hasOwn(shares, strategy.name) ? shares[strategy.name] : undefined;
  const share = parameter === undefined ? Number.NaN : Number(strategy[parameter]);
  return Number.isNaN(share) ? undefined : share;
}
