import type { Filled } from './filled.ts';

/** What a use of a flag came to; `unknown` where reports do not say it. */
export type UsageOutcome = 'on' | 'off' | 'unknown';

/** One series: how often a flag had an outcome, or a variant was given. */
export interface FlagUsageSeries {
  /** Undefined for uses in environments that are not held. */
  readonly environment: string | undefined;
  readonly flag: string;
  /** The outcome or the variant. */
  readonly label: string;
  readonly count: number;
}

/** Stands for flags and variants that have no series of their own. */
export const otherFlags = 'other';

interface OneFlag {
  /** False for all that have no series of their own. */
  readonly isOwn: boolean;
  readonly outcomes: Map<string, number>;
  readonly variants: Map<string, number>;
}

/**
 * Counts how flags are used, as SDKs report it, for as long as the process runs. Names come from clients: only flags
 * that an environment has get series of their own, up to a bound, and so do variants, up to the same. All else is
 * counted as {@link otherFlags}, so that sums stay right.
 */
export class FlagUsage {
  readonly #limit: number;
  readonly #isFlag: (environment: string, flag: string) => boolean | undefined;
  readonly #environments = new Map<string | undefined, Map<string, OneFlag>>();
  #flags = 0;
  #variants = 0;

  /**
   * @param limit most flags, and most variants, with series of their own
   * @param isFlag whether an environment has a flag of this name; undefined where there is no such environment
   */
  constructor(limit: number, isFlag: (environment: string, flag: string) => boolean | undefined) {
    this.#limit = limit;
    this.#isFlag = isFlag;
  }

  /** Flags with series of their own, and how many there can be. */
  get flags(): Filled {
    return { used: this.#flags, limit: this.#limit };
  }

  /** The same for variants. */
  get variants(): Filled {
    return { used: this.#variants, limit: this.#limit };
  }

  count(environment: string, flag: string, outcome: UsageOutcome, count: number): void {
    if (count <= 0) return;
    const { outcomes } = this.#find(environment, flag);
    outcomes.set(outcome, plus(outcomes.get(outcome), count));
  }

  countVariant(environment: string, flag: string, variant: string, count: number): void {
    if (count <= 0) return;
    const { variants, isOwn } = this.#find(environment, flag);
    let name = variant;
    if (!isOwn) name = otherFlags;
    else if (!variants.has(variant) && variant !== otherFlags) {
      if (this.#variants < this.#limit) this.#variants++;
      else name = otherFlags;
    }
    variants.set(name, plus(variants.get(name), count));
  }

  /** By outcome. */
  *outcomeSeries(): Generator<FlagUsageSeries> {
    yield* this.#series(({ outcomes }) => outcomes);
  }

  /** By variant. */
  *variantSeries(): Generator<FlagUsageSeries> {
    yield* this.#series(({ variants }) => variants);
  }

  *#series(pick: (flag: OneFlag) => ReadonlyMap<string, number>): Generator<FlagUsageSeries> {
    for (const [environment, flags] of this.#environments) {
      for (const [flag, counts] of flags) {
        for (const [label, count] of pick(counts)) yield { environment, flag, label, count };
      }
    }
  }

  #find(environment: string, flag: string): OneFlag {
    const known = this.#environments.get(environment)?.get(flag);
    if (known !== undefined) return known;
    const isFlag = this.#isFlag(environment, flag);
    const shownEnvironment = isFlag === undefined ? undefined : environment;
    let flags = this.#environments.get(shownEnvironment);
    if (flags === undefined) {
      flags = new Map();
      this.#environments.set(shownEnvironment, flags);
    }
    const hasOwn = isFlag === true && flag !== otherFlags && this.#flags < this.#limit;
    const name = hasOwn ? flag : otherFlags;
    let found = flags.get(name);
    if (found === undefined) {
      found = { isOwn: hasOwn, outcomes: new Map(), variants: new Map() };
      flags.set(name, found);
      if (hasOwn) this.#flags++;
    }
    return found;
  }
}

/** Adds without leaving the range in which every integer is exact. */
function plus(known: number | undefined, count: number): number {
  return Math.min((known ?? 0) + count, Number.MAX_SAFE_INTEGER);
}
