/**
 * An answer and the whole way to it, as plain data that can be sent as JSON. `explanation-text.ts` writes it for people.
 */
export interface Explanation {
  readonly flag: string;
  readonly answer: ExplainedAnswer;
  /** One sentence: the first thing that decided it. */
  readonly because: string;
  readonly environment: ExplainedEnvironment;
  readonly context: ExplainedContext;
  /** What was looked at, in order. Exactly one step, at any depth, is the decisive one. */
  readonly steps: readonly ExplainedStep[];
  /** What else a reader should know: values drawn at random, code from outside, parts left out. */
  readonly notes: readonly string[];
}

/** The answer itself, as it is served. */
export interface ExplainedAnswer {
  readonly enabled: boolean;
  /** Name or key of the variant; null for none. */
  readonly variant: string | null;
  /** Payload or value, where the system has one. */
  readonly value?: unknown;
  /** In the words of the system where it has such, else of OpenFeature. */
  readonly reason: string;
}

/** What the answer was taken from. */
export interface ExplainedEnvironment {
  /** `Unleash Proxy`, `Flagsmith`, … */
  readonly mode: string;
  readonly name: string;
  readonly revision: number;
  readonly origin: string;
  /** ISO 8601. */
  readonly publishedAt: string;
  /** Seconds since upstream last confirmed it; null where nobody can tell. */
  readonly confirmedAgeSeconds: number | null;
  /** Whose evaluation is followed: `unleash-node`, `yggdrasil`, `flagsmith-proxy`, `flagsmith-core`. */
  readonly evaluation: string;
}

/** The context as evaluation saw it. */
export interface ExplainedContext {
  /** Which rules turned what was sent into values, in words. */
  readonly reader: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What came of one step. `skipped`: something before had decided already. `opaque`: nobody can look inside. */
export type Verdict = 'yes' | 'no' | 'skipped' | 'info';

/** One thing that was looked at, with what it consists of. */
export interface ExplainedStep {
  /** Position in the tree, `2.1.3`; unique within an explanation. */
  readonly id: string;
  /** Stable word for programs: `strategy`, `constraint`, `bucket`, … */
  readonly kind: string;
  readonly verdict: Verdict;
  /** True for the one step that decided the answer. */
  readonly decisive: boolean;
  /** What was looked at and what was found, in one line for people. */
  readonly text: string;
  /** The same for programs; the members depend on `kind`. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly steps: readonly ExplainedStep[];
}
