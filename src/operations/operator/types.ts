import type { Explanation } from '../../flags/explanation.ts';
import type { Steps } from '../../flags/steps.ts';

/**
 * What every mode tells operator tools about itself. Nothing here is computed before it is asked for, and nothing that
 * serves requests waits for it.
 */
export interface OperatorMode {
  readonly kind: 'proxy' | 'edge' | 'offline' | 'flagsmith' | 'demo';
  /** How people call it: `Unleash Proxy`. */
  readonly title: string;
  /** What it serves now. Empty where answers come from somebody else's client. */
  readonly environments: () => readonly OperatorEnvironment[];
  /** Who may ask it, masked. At most {@link mostCredentials}. */
  readonly credentials: () => readonly OperatorCredential[];
  /** Name of the environment that a credential opens; undefined for one that is not known. */
  readonly environmentOf: (credential: string) => string | undefined;
  /** Its counts and sizes, with their bounds. */
  readonly figures: () => readonly OperatorFigure[];
  /**
   * Other APIs over the same environments. A question is about them only where it names their kind or one of their
   * credentials; lists and changes of flags are those of the mode itself.
   */
  readonly beside?: readonly OperatorMode[] | undefined;
}

/** What a figure is about; the status page draws the first two groups as charts. */
export type FigureGroup =
  | 'requests'
  | 'upstream'
  | 'streams'
  | 'tokens'
  | 'usage'
  | 'cache'
  | 'store'
  | 'fleet'
  | 'workers';

/** One number. */
export interface OperatorFigure {
  readonly group: FigureGroup;
  /** What a person reads: `sent replies kept`. Unique within its group and mode. */
  readonly name: string;
  readonly value: number;
  /** `count` without one. */
  readonly unit?: 'bytes' | 'count' | undefined;
  /** The most it may become, where it is bounded. */
  readonly limit?: number | undefined;
  /** True for one that only grows: how fast it does is what matters. */
  readonly counter?: boolean | undefined;
}

/** Most credentials that a mode shows: dynamic modes may know a hundred thousand. */
export const mostCredentials = 500;

/** One environment, or the place of one whose definitions have not come yet. */
export interface OperatorEnvironment {
  /** Unique within its mode; safe to show. */
  readonly name: string;
  /** Whether somebody who says this means this environment; by its name, or as its system calls it. */
  readonly answersTo: (name: string) => boolean;
  /** What is held; undefined before the first definitions. */
  readonly state: OperatorState | undefined;
  /** How it is kept up to date; undefined where nothing is fetched. */
  readonly fetching: OperatorFetching | undefined;
  /** Names of all flags, in serving order. */
  readonly names: () => readonly string[];
  /** The flags, in serving order. Costs a walk over all of them; who goes slowly may take them one by one. */
  readonly flags: () => Iterable<OperatorFlag>;
  /**
   * Explains one answer.
   *
   * @throws ExplainInputError for a context or credential that cannot be used
   * @returns undefined when there is no such flag
   */
  readonly explain: (flag: string, question: ExplainQuestion) => Explanation | undefined;
}

/** Definitions in use. */
export interface OperatorState {
  /** Counts up with every change since the start. */
  readonly revision: number;
  /** Where they came from: `upstream`, `backup`, `bootstrap` or `file`. */
  readonly origin: string;
  /** When they were put in use, in milliseconds since the epoch. */
  readonly publishedAtMs: number;
  readonly flagCount: number;
  /** Memory of finished replies, in bytes. */
  readonly cachedBytes?: number | undefined;
}

/** What the last fetches came to. Times are milliseconds since the epoch; undefined: not yet, or not known. */
export interface OperatorFetching {
  /** `changed`, `unchanged`, `failed`, `refused` or `unusable`; undefined before the first one ended. */
  readonly lastResult: string | undefined;
  /** When upstream last confirmed what is held. */
  readonly lastSuccessMs: number | undefined;
  readonly nextPollMs: number | undefined;
  /** Failures since the last success. */
  readonly failures: number | undefined;
}

/** One flag of an environment, without a context. */
export interface OperatorFlag {
  readonly name: string;
  /** `on` and `off` are the same for everybody; `depends` on the context. */
  readonly state: 'on' | 'off' | 'depends';
  readonly project: string | undefined;
  /** Changes when the definition does. */
  readonly fingerprint: () => string;
  /** What takes long and has to be done once before fingerprints of an environment are asked for, in steps. */
  readonly prepare?: () => Steps<void>;
  /** No fingerprint is asked for in the near future: what was prepared can be let go. */
  readonly release?: () => void;
}

/** A credential as it may be shown. */
export interface OperatorCredential {
  /** Masked: whoever reads it cannot use it. */
  readonly shown: string;
  /** `client`, `frontend`, `server`, … */
  readonly kind: string;
  /** What it opens: an environment's name, or what a person should know. */
  readonly environment: string;
  /** `*` for all. */
  readonly projects: readonly string[];
}

/** What is asked about a flag, as it was sent. */
export interface ExplainQuestion {
  /** Whole JSON text of the request. Each system reads `context` or `query` from it with its own rules. */
  readonly body: string;
  /** Whose view is asked for, where somebody's is: changes what is visible. */
  readonly credential: string | undefined;
}
