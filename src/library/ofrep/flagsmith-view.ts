import { createHash } from 'node:crypto';
import type { EvaluationCounts } from '../../flags/evaluations.ts';
import type { CompiledEnvironment } from '../../flagsmith/engine/compile.ts';
import type { Identity } from '../../flagsmith/engine/context.ts';
import { Evaluation } from '../../flagsmith/engine/evaluate.ts';
import type { Outcome } from '../../flagsmith/engine/outcome.ts';
import type { KeyKind } from '../../flagsmith/environment/flag-text.ts';
import type { ServedEnvironment } from '../../flagsmith/environment/served-environment.ts';
import type { HttpRequest } from '../../http/types.ts';
import {
  type Answer,
  type Audience,
  type ContextMembers,
  type FlagView,
  type Hold,
  type Keeping,
  type MetadataLevel,
  passingAnswer,
} from '../../ofrep/types.ts';
import { FlagsmithAnswers } from './flagsmith-answers.ts';
import { identifierOf, readTraits } from './flagsmith-context.ts';

/** What one view is made of. */
export interface FlagsmithViewOptions {
  readonly environment: ServedEnvironment;
  readonly kind: KeyKind;
  readonly changedAtMs: number;
  readonly channel: string;
  readonly disabledValues: boolean;
  readonly lastHeardMs: () => number | undefined;
  /** One request for an identity's flags, or for those of the environment. */
  readonly onUsage: (resource: 'identities' | 'flags') => void;
  readonly evaluations: EvaluationCounts;
  /** One use of a feature. */
  readonly count: (name: string, enabled: boolean) => void;
}

interface FlagsmithSubject {
  readonly identity: Identity | null;
  readonly level: MetadataLevel;
}

interface Answers {
  readonly list: Answer[];
  readonly byContent: Map<string, number>;
  /** Outcomes of identities may be forgotten and made anew. */
  readonly byOutcome: WeakMap<Outcome, number>;
  passing: Answer | undefined;
}

/** Roughly what a subject takes besides its texts, which are those of the body, and for each trait. */
const subjectBytes = 500;
const traitBytes = 100;

/** Most answers of one feature that are kept. Only overrides for very many identities with values of their own reach it. */
const maximumAnswers = 10_000;

/** What a key sees of a Flagsmith environment. */
export class FlagsmithView implements FlagView {
  readonly flagSetId: string;
  readonly version: string;
  readonly changedAtMs: number;
  readonly channel: string;
  readonly audience: Audience;
  readonly memoryShare = 0.5;
  readonly evaluations: EvaluationCounts;
  readonly keys: readonly string[];
  readonly lastHeardMs: () => number | undefined;
  readonly #options: FlagsmithViewOptions;
  readonly #environment: CompiledEnvironment;
  readonly #evaluation: Evaluation;
  readonly #answers: FlagsmithAnswers;
  /** Positions in the environment, in the order of {@link keys}. */
  readonly #indexes: Int32Array;
  readonly #positions = new Map<string, number>();
  readonly #normalised = new Map<string, number>();
  readonly #kept: Readonly<Record<MetadataLevel, (Answers | undefined)[]>> = { none: [], basic: [], full: [] };

  constructor(options: FlagsmithViewOptions) {
    const { environment, kind } = options;
    this.#options = options;
    this.evaluations = options.evaluations;
    this.#environment = environment.compiled;
    this.#evaluation = new Evaluation(environment.compiled);
    this.#answers = new FlagsmithAnswers({
      environment: environment.compiled,
      typeOf: (outcome) => environment.featureType(outcome.feature),
      isVisible: (outcome) => environment.isVisible(kind, outcome),
      disabledValues: options.disabledValues,
    });
    const named = environment.compiled.features.map(({ feature }, index) => ({ index, key: feature.name }));
    named.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.keys = named.map(({ key }) => key);
    this.#indexes = Int32Array.from(named, ({ index }) => index);
    for (const [position, key] of this.keys.entries()) {
      this.#positions.set(key, position);
      const normal = normalise(key);
      if (!this.#normalised.has(normal)) this.#normalised.set(normal, position);
    }
    this.flagSetId = environment.name ?? 'environment';
    this.version = versionOf(environment);
    this.changedAtMs = options.changedAtMs;
    this.channel = options.channel;
    this.audience = kind === 'server' ? 'backend' : 'frontend';
    this.lastHeardMs = options.lastHeardMs;
  }

  find(key: string): number {
    return this.#positions.get(key) ?? this.#normalised.get(normalise(key)) ?? -1;
  }

  constant(position: number, level: MetadataLevel): number | undefined {
    const index = this.#index(position);
    const { state, overridable } = this.#environment.features[index] ?? {};
    if (state === undefined || overridable === true || state.split !== null) return undefined;
    return this.#numberOf(index, state.plain, level);
  }

  subject(members: ContextMembers, _request: HttpRequest, level: MetadataLevel): FlagsmithSubject {
    const identifier = identifierOf(members);
    this.#options.onUsage(resourceOf(identifier));
    if (identifier === undefined) return { identity: null, level };
    return { identity: this.#options.environment.identity(identifier, readTraits(members)), level };
  }

  evaluate({ identity, level }: FlagsmithSubject, numbers: Uint16Array): Hold {
    this.#run(identity);
    const indexes = this.#indexes;
    for (let i = 0; i < indexes.length; i++) numbers[i] = this.#number(indexes[i] as number, identity, level);
    return 'fixed';
  }

  addition(): string {
    return '';
  }

  keeping({ identity }: FlagsmithSubject): Keeping {
    const { onUsage } = this.#options;
    const resource = resourceOf(identity?.identifier);
    return { bytes: subjectBytes + traitBytes * (identity?.traits.size ?? 0), count: () => onUsage(resource) };
  }

  /** Never asked: nothing is drawn. */
  open(): undefined {
    return undefined;
  }

  evaluateOne({ identity, level }: FlagsmithSubject, position: number): number {
    this.#run(identity);
    return this.#number(this.#index(position), identity, level);
  }

  answer(position: number, number: number, level: MetadataLevel): Answer {
    const answers = this.#kept[level][this.#index(position)];
    const answer = number === passingAnswer ? answers?.passing : answers?.list[number];
    if (answer === undefined) throw new RangeError('no such answer');
    return answer;
  }

  count(_subject: FlagsmithSubject, uses: Iterable<readonly [number, Answer]>): void {
    for (const [position, { active }] of uses) this.#options.count(this.keys[position] ?? '', active);
  }

  #run(identity: Identity | null): void {
    if (identity !== null || this.#options.environment.segmentsWithoutIdentity) this.#evaluation.run(identity);
  }

  #number(index: number, identity: Identity | null, level: MetadataLevel): number {
    const isEvaluated = identity !== null || this.#options.environment.segmentsWithoutIdentity;
    const plain = this.#environment.features[index]?.state.plain;
    const outcome = isEvaluated || plain === undefined ? this.#evaluation.outcome(index) : plain;
    return this.#numberOf(index, outcome, level);
  }

  #numberOf(index: number, outcome: Outcome, level: MetadataLevel): number {
    const known = this.#kept[level][index]?.byOutcome.get(outcome);
    return known ?? this.#add(index, outcome, level);
  }

  #add(index: number, outcome: Outcome, level: MetadataLevel): number {
    let answers = this.#kept[level][index];
    if (answers === undefined) {
      answers = { list: [], byContent: new Map(), byOutcome: new WeakMap(), passing: undefined };
      this.#kept[level][index] = answers;
    }
    const content = this.#answers.contentOf(outcome);
    let number = answers.byContent.get(content);
    if (number === undefined) {
      const answer = this.#answers.create(index, outcome, level);
      if (answers.list.length >= maximumAnswers) {
        answers.passing = answer;
        return passingAnswer;
      }
      number = answers.list.push(answer) - 1;
      answers.byContent.set(content, number);
    }
    answers.byOutcome.set(outcome, number);
    return number;
  }

  #index(position: number): number {
    return this.#indexes[position] ?? -1;
  }
}

/** What Flagsmith counts a request as. */
function resourceOf(identifier: string | undefined): 'identities' | 'flags' {
  return identifier === undefined ? 'flags' : 'identities';
}

/** How Flagsmith's client SDKs spell names of features. */
function normalise(key: string): string {
  return key.toLowerCase().replaceAll(' ', '_');
}

/** When the document was changed, as upstream says, and what it hashes to: not every change moves that time. */
function versionOf({ updatedAt, text }: ServedEnvironment): string {
  const digest = createHash('sha1').update(text).digest('hex');
  return updatedAt !== null && /^[\w.:+-]{1,64}$/.test(updatedAt)
    ? `${updatedAt}.${digest.slice(0, 6)}`
    : digest.slice(0, 12);
}
