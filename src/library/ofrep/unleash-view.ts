import type { EvaluationCounts } from '../../flags/evaluations.ts';
import type { Filled } from '../../flags/filled.ts';
import { RecentEntries } from '../../flags/recent-entries.ts';
import type { HttpRequest } from '../../http/types.ts';
import type { Answer, Audience, ContextMembers, FlagView, Hold, Keeping, MetadataLevel } from '../../ofrep/types.ts';
import type { Context } from '../../unleash/engine/context.ts';
import type { Draws } from '../../unleash/engine/draws.ts';
import { type KnownAnswer, keyOf, knownAnswer } from './known-answers.ts';
import type { UnleashAnswer, UnleashFlags } from './unleash-flags.ts';

/** One use of a flag, to be counted. */
export interface UnleashUse {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: string | undefined;
  /** What the context says; undefined when it says nothing. */
  readonly appName: string | undefined;
}

/** What one view is made of. */
export interface UnleashViewOptions {
  readonly flags: UnleashFlags;
  /** Positions in the set of the flags that the credential sees. */
  readonly visible: readonly number[];
  readonly flagSetId: string;
  readonly version: string;
  readonly changedAtMs: number;
  readonly channel: string;
  readonly audience: Audience;
  readonly memoryShare: number;
  readonly evaluations: EvaluationCounts;
  /** Most memory for the answers to contexts that came again, of all views together. */
  readonly knownBytes: number;
  readonly draws: Draws | undefined;
  /** Makes the context of an evaluation; later, where extensions have a say. */
  readonly readContext: (members: ContextMembers, request: HttpRequest) => Context | Promise<Context>;
  /** What of a request besides its body that reads; see {@link FlagView.addition}. */
  readonly addition: (request: HttpRequest) => string | undefined;
  readonly count: (use: UnleashUse) => void;
  readonly lastHeardMs: () => number | undefined;
}

interface UnleashSubject {
  readonly context: Context;
  readonly level: MetadataLevel;
  /** What it was answered with before. */
  known: KnownAnswer | undefined;
}

/** Roughly what a context takes besides its texts, which are those of the body. */
const contextBytes = 300;

/** What a credential sees of a set of Unleash flags. */
export class UnleashView implements FlagView {
  readonly flagSetId: string;
  readonly version: string;
  readonly changedAtMs: number;
  readonly channel: string;
  readonly audience: Audience;
  readonly memoryShare: number;
  readonly evaluations: EvaluationCounts;
  readonly keys: readonly string[];
  readonly lastHeardMs: () => number | undefined;
  readonly addition: (request: HttpRequest) => string | undefined;
  readonly #options: UnleashViewOptions;
  /** Positions in the set, in the order of {@link keys}. */
  readonly #indexes: Int32Array;
  readonly #positions: ReadonlyMap<string, number>;
  /** undefined where answers may depend on more than the context says. */
  readonly #known: RecentEntries<KnownAnswer> | undefined;

  constructor(options: UnleashViewOptions) {
    const { flags, visible } = options;
    const named = visible.map((index) => ({ index, key: flags.set.flags[index]?.name ?? '' }));
    named.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.keys = named.map(({ key }) => key);
    this.#indexes = Int32Array.from(named, ({ index }) => index);
    this.#positions = new Map(this.keys.map((key, position) => [key, position]));
    this.#options = options;
    // Nobody can tell what a strategy from outside looks at, nor what it does with the context.
    const isOpen = flags.set.isRead('*');
    this.#known = isOpen ? undefined : new RecentEntries(options.memoryShare * options.knownBytes);
    this.flagSetId = options.flagSetId;
    this.version = options.version;
    this.changedAtMs = options.changedAtMs;
    this.channel = options.channel;
    this.audience = options.audience;
    this.memoryShare = options.memoryShare;
    this.evaluations = options.evaluations;
    this.lastHeardMs = options.lastHeardMs;
    this.addition = isOpen ? () => undefined : options.addition;
  }

  get known(): Filled | undefined {
    const { memoryShare, knownBytes } = this.#options;
    return this.#known && { used: this.#known.bytes, limit: memoryShare * knownBytes };
  }

  find(key: string): number {
    return this.#positions.get(key) ?? -1;
  }

  constant(position: number, level: MetadataLevel): number | undefined {
    return this.#options.flags.constant(this.#index(position), level);
  }

  subject(
    members: ContextMembers,
    request: HttpRequest,
    level: MetadataLevel,
  ): UnleashSubject | Promise<UnleashSubject> {
    const context = this.#options.readContext(members, request);
    if (context instanceof Promise) return context.then((late) => ({ context: late, level, known: undefined }));
    return { context, level, known: undefined };
  }

  evaluate(subject: UnleashSubject, numbers: Uint16Array, seed: number): Hold {
    const { flags, draws } = this.#options;
    const { context, level } = subject;
    const indexes = this.#indexes;
    const key = subject.known === undefined ? this.#keyOf(subject) : undefined;
    const known = key === undefined ? subject.known : this.#known?.get(key);
    draws?.begin(seed);
    if (known === undefined) {
      flags.begin();
      for (let i = 0; i < indexes.length; i++) numbers[i] = flags.evaluate(indexes[i] as number, context, level);
    } else {
      numbers.set(known.numbers);
      if (known.open.length > 0) flags.begin();
      for (const position of known.open) {
        numbers[position] = flags.evaluate(indexes[position] as number, context, level);
      }
    }
    draws?.end();
    const drew = draws?.drew ?? false;
    subject.known = known ?? (key === undefined ? undefined : this.#notice(key, context, numbers));
    if (subject.known?.open.length === 0) return 'fixed';
    return drew ? 'drawn' : 'passing';
  }

  open({ known }: UnleashSubject): readonly number[] | undefined {
    return known?.open;
  }

  evaluateOne({ context, level }: UnleashSubject, position: number): number {
    const { flags } = this.#options;
    flags.begin();
    return flags.evaluate(this.#index(position), context, level);
  }

  answer(position: number, number: number, level: MetadataLevel): UnleashAnswer {
    return this.#options.flags.answer(this.#index(position), number, level);
  }

  count({ context }: UnleashSubject, uses: Iterable<readonly [number, Answer]>): void {
    for (const [position, answer] of uses) {
      this.#options.count({
        name: this.keys[position] ?? '',
        enabled: answer.active,
        variant: (answer as UnleashAnswer).countedVariant,
        appName: context.appName,
      });
    }
  }

  keeping({ known }: UnleashSubject): Keeping {
    return { bytes: contextBytes + (known?.bytes ?? 0), count: undefined };
  }

  /** Undefined for what is evaluated each time. */
  #keyOf({ context, level }: UnleashSubject): string | undefined {
    const key = this.#known === undefined ? undefined : keyOf(context);
    return key === undefined ? undefined : `${level}${key}`;
  }

  /** Remembers the answers for a context that came again. */
  #notice(key: string, context: Context, numbers: Uint16Array): KnownAnswer | undefined {
    if (!this.#known?.isMetAgain(key)) return undefined;
    const open = this.#options.flags.open(context, this.#indexes);
    const positions = [...this.#indexes.keys()].filter((position) => open.has(this.#index(position)));
    const known = knownAnswer(key, numbers.slice(), positions);
    this.#known.set(key, known);
    return known;
  }

  #index(position: number): number {
    return this.#indexes[position] ?? -1;
  }
}
