/**
 * What OFREP asks of a flag system. The protocol knows nothing else of it: adapters in `library/ofrep/` answer these
 * questions from the engines.
 */
import type { EvaluationCounts } from '../flags/evaluations.ts';
import type { Filled } from '../flags/filled.ts';
import type { HttpRequest } from '../http/types.ts';

/** Where a credential is meant to be: on a server, or in browsers and apps. Decides about defaults only. */
export type Audience = 'backend' | 'frontend';

/** An evaluation context as it was sent: the members of `context`, whatever they are called. */
export type ContextMembers = Readonly<Record<string, unknown>>;

/** The types that a suffix of a key can ask for (OFREP specification 18). */
export const typedViews = ['boolean', 'string', 'number', 'object', 'variant'] as const;
export type TypedView = (typeof typedViews)[number];

/** How much is told about single flags (OFREP specification 12). */
export type MetadataLevel = 'none' | 'basic' | 'full';

/** Why an evaluation failed; `details` is for people and holds no value of a context. */
export interface Fault {
  readonly errorCode: 'PARSE_ERROR' | 'TYPE_MISMATCH' | 'GENERAL';
  readonly details: string;
}

/** JSON text; undefined where the application's own default is to be used; or a fault. */
export type Value = string | undefined | Fault;

/** One possible answer for a flag. There are few per flag, and what is made of them is kept. */
export interface Answer {
  /** The credential may not know that the flag exists. */
  readonly hidden: boolean;
  /** False where the flag is off for this context. */
  readonly active: boolean;
  /** `STATIC`, `DEFAULT`, `TARGETING_MATCH`, `SPLIT`, `DISABLED` or `UNKNOWN`. */
  readonly reason: string;
  /** Never empty. */
  readonly variant: string;
  /** Booleans, texts and numbers only. */
  readonly metadata: Readonly<Record<string, boolean | string | number>>;
  /** The value of the flag itself, or as one type. */
  readonly value: (view: TypedView | undefined) => Value;
}

/**
 * How long the answers of an evaluation hold: `fixed` where the same context is answered alike for as long as the view
 * is in use; `passing` where nobody can tell; `drawn` where chance decided something.
 */
export type Hold = 'fixed' | 'passing' | 'drawn';

/** A request's context, made ready for one view. Only the view that made it looks inside. */
export type Subject = unknown;

/**
 * What one credential sees of one state of an environment. Immutable; the same object as long as the flags are the
 * same, because replies are kept with it.
 */
export interface FlagView {
  /** Which set of flags this is, for people and telemetry. Never a key or token. */
  readonly flagSetId: string;
  /** Changes with the flags, and is the same on every replica that holds the same flags. */
  readonly version: string;
  /** When these flags were put in use, in milliseconds since the epoch. */
  readonly changedAtMs: number;
  /** Names the environment to event streams. Opaque, never a key or token. */
  readonly channel: string;
  readonly audience: Audience;
  /** All keys in ascending order. */
  readonly keys: readonly string[];
  /** Part of the memory for replies that is this view's: 1 is all of it. */
  readonly memoryShare: number;
  /** Memory of answers to contexts that come again, in bytes; undefined where none are kept. */
  readonly known?: Filled | undefined;
  /** Where evaluations are counted. */
  readonly evaluations: EvaluationCounts;
  /** Position of a key; -1 when there is none. Where the system knows several spellings, any of them. */
  find(key: string): number;
  /** The number of a position's answer where no request can change it; undefined where one can. */
  constant(position: number, level: MetadataLevel): number | undefined;
  /** Reads a context for this view. */
  subject(context: ContextMembers, request: HttpRequest, level: MetadataLevel): Subject | Promise<Subject>;
  /**
   * What of a request besides the context that it brings goes into its subject, as a text: empty for nothing, undefined
   * where nobody can tell.
   */
  addition(request: HttpRequest): string | undefined;
  /**
   * What it takes to use a subject for further requests with the same context and {@link addition}. Asked after an
   * evaluation.
   */
  keeping(subject: Subject): Keeping;
  /**
   * Writes the number of each position's answer.
   *
   * @param seed draws follow from it
   */
  evaluate(subject: Subject, numbers: Uint16Array, seed: number): Hold;
  /**
   * Positions of the flags whose answers chance or the clock may change from one evaluation of a subject to the next;
   * undefined where it may be any. Asked after an evaluation.
   */
  open(subject: Subject): readonly number[] | undefined;
  /** The number of one position's answer. */
  evaluateOne(subject: Subject, position: number): number;
  /** An answer by its number; 0xffff is an answer of this request only. */
  answer(position: number, number: number, level: MetadataLevel): Answer;
  /** Counts one use of each flag at these positions, as the system's own routes would (OFREP specification 19). */
  count(subject: Subject, uses: Iterable<readonly [position: number, answer: Answer]>): void;
  /** When the system behind this was last heard of, in milliseconds since the epoch; undefined where there is none. */
  lastHeardMs(): number | undefined;
}

/** What is known of a subject that is kept for further requests. */
export interface Keeping {
  /** Roughly the memory that the subject takes. */
  readonly bytes: number;
  /** Counts a request whose context is not read again; undefined where reading one counts nothing. */
  readonly count: (() => void) | undefined;
}

/** A number of {@link FlagView.evaluate} whose answer must not be kept: it means something else at the next request. */
export const passingAnswer = 0xffff;

/** A number that no answer has. It stands for answers that are not known yet. */
export const openAnswer = 0xfffe;

/** What a credential leads to. */
export type Access =
  | { readonly view: FlagView; readonly refusal?: undefined }
  | { readonly view?: undefined; readonly refusal: Refusal };

/** Why there is no view: nobody knows the credential, it may not do this, or nothing is loaded yet. */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly details: string;
}

/** Told of evaluations while their requests are being answered. */
export interface EvaluationListener {
  /** Of one flag that the credential may know of, by its position in the view. */
  single(view: FlagView, position: number, answer: Answer): void;
  /** Of all flags of a view. */
  bulk(view: FlagView): void;
}

/** The present state of a channel. */
export interface Revision {
  readonly version: string;
  readonly changedAtMs: number;
}

/** One flag system, or several. Nothing here throws. */
export interface OfrepSource {
  /** Whether views keep answers to contexts that come again. */
  readonly remembersContexts: boolean;
  /** Decides about a credential. At once, unless it has to be asked for upstream. */
  authorize(credential: string, request: HttpRequest): Access | Promise<Access>;
  /** The present state of a channel; undefined when there is no such channel (any more). */
  revision(channel: string): Revision | undefined;
  /** Asks upstream for news of a channel. Resolves when that is done, whatever came of it. */
  refresh(channel: string): Promise<void>;
  /** Calls back when the flags of a channel have changed, or the channel is gone. */
  onChange(listener: (channel: string) => void): void;
  /**
   * Calls back when {@link authorize} may answer somebody differently than before. A source without this is asked about every
   * request.
   */
  onAccessChange?(listener: () => void): void;
  /** Calls back when a credential is valid no longer. */
  onRevoked(listener: (credential: string) => void): void;
}
