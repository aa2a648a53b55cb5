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

/** An explanation without the environment that it was taken from. */
export type FlagExplanation = Omit<Explanation, 'environment'>;

/** The answer itself, as it is served. */
export interface ExplainedAnswer {
  readonly enabled: boolean;
  /** False where the credential that was asked about is not shown this flag at all. */
  readonly visible: boolean;
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

/**
 * What came of one step: it held or not; `skipped`, something before had decided already; `info`, there was nothing to
 * hold.
 */
export type Verdict = 'yes' | 'no' | 'skipped' | 'info';

/** One thing that was looked at, before it has a place among others. */
export interface Step {
  /** Stable word for programs: `strategy`, `constraint`, `bucket`, … */
  readonly kind: string;
  readonly verdict: Verdict;
  /** What was looked at and what was found, in one line for people. */
  readonly text: string;
  /** The same for programs; the members depend on `kind`. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

/** A step in its place. */
export interface ExplainedStep extends Step {
  /** Position in the tree, `2.1.3`; unique within an explanation. */
  readonly id: string;
  /** True for the one step that decided the answer. */
  readonly decisive: boolean;
  readonly steps: readonly ExplainedStep[];
}

/** Makes a step. */
export function step(
  kind: string,
  verdict: Verdict | boolean,
  text: string,
  facts: Step['facts'] = {},
  steps: readonly Step[] = [],
): Step {
  const word = typeof verdict === 'boolean' ? (verdict ? 'yes' : 'no') : verdict;
  return { kind, verdict: word, text, facts, steps };
}

/** Most steps of one explanation. What is left out is counted in a step of its own; what decided is always there. */
const mostSteps = 1_000;

/** Gives every step its place, and marks the one that decided. */
export function placed(steps: readonly Step[], decisive: Step): ExplainedStep[] {
  return place(steps, decisive, '', { left: mostSteps });
}

function place(steps: readonly Step[], decisive: Step, prefix: string, budget: { left: number }): ExplainedStep[] {
  const told: ExplainedStep[] = [];
  let omitted = 0;
  for (const [index, one] of steps.entries()) {
    if (budget.left <= 0 && !contains(one, decisive)) {
      omitted++;
      continue;
    }
    budget.left--;
    const id = `${prefix}${index + 1}`;
    told.push({ id, ...one, decisive: one === decisive, steps: place(one.steps, decisive, `${id}.`, budget) });
  }
  if (omitted > 0) {
    const rest = step('omitted', 'info', `${omitted} more steps, which are not told`, { count: omitted });
    told.push({ id: `${prefix}${steps.length + 1}`, ...rest, decisive: false, steps: [] });
  }
  return told;
}

function contains(one: Step, wanted: Step): boolean {
  return one === wanted || one.steps.some((inner) => contains(inner, wanted));
}

/** Most items of a list that an explanation repeats; the whole number is told beside them. */
export const mostListed = 10;
/** Longest text that an explanation repeats, in UTF-16 units. */
const longestText = 100;

/** A text from outside, cut to what a reader can use. */
export function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`;
}

/** A value as a person reads it: texts in quotes, nothing as `nothing`, long ones cut. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(cut(value));
  return cut(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/** A list as a person reads it: its first items, and how many more there are. */
export function shownList(values: readonly unknown[], most = 5): string {
  const more = values.length - most;
  const items = values.slice(0, most).map(shown);
  return `[${items.join(', ')}${more > 0 ? `, and ${more} more` : ''}]`;
}

/** The first items of a list, and how many there are. */
export function listed(values: readonly unknown[]): { readonly values: readonly unknown[]; readonly count: number } {
  return {
    values: values.slice(0, mostListed).map((value) => (typeof value === 'string' ? cut(value) : value)),
    count: values.length,
  };
}

/** What was asked cannot be used. The message says why, and what to send instead. */
export class ExplainInputError extends Error {
  override readonly name = 'ExplainInputError';
}
