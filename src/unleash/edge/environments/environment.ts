import { EvaluationCounts } from '../../../flags/evaluations.ts';
import { finish, type Steps } from '../../../flags/steps.ts';
import { readDefinitionsInSteps } from '../../definitions/read-document.ts';
import type { DefinitionIssue, Definitions } from '../../definitions/types.ts';
import { compileInSteps, compileWhenRead } from '../../engine/compile.ts';
import type { FlagSet, Outcomes } from '../../engine/flag-set.ts';
import type { EngineEnvironment } from '../../engine/strategies/types.ts';
import { DocumentEntity, EdgeEntity, type Tagger } from '../api/entity.ts';
import { clientDocumentInSteps } from '../documents/client-document.ts';
import { featuresInScope, sees } from '../documents/scope.ts';
import type { ClientFeatures, EdgeToken, FeatureScope, RawFeature } from '../types.ts';
import { FrontendView } from './frontend-view.ts';
import { prepareFeature } from './yggdrasil.ts';

/** What serving an environment needs besides its definitions. */
export interface EnvironmentOptions {
  readonly engine: EngineEnvironment;
  readonly tagger: Tagger;
  /**
   * Most memory for the finished replies of one credential scope and kind of list. The second scope of an environment
   * gets half of it, the third a third, and so on: all together stay below five times this. Finished documents of the
   * client API get twice this.
   */
  readonly cacheBytes: number;
}

/** What outlives the states of an environment. */
export interface EnvironmentCounts {
  readonly frontend: EvaluationCounts;
  readonly ofrep: EvaluationCounts;
}

/** Most credential scopes, and documents of the client API, that one environment keeps ready. */
const maximumViews = 64;
const maximumDocuments = 256;
/** Most documents that are made before somebody asks for them. */
const mostDocumentsMade = 8;
/** Flags that are looked at in one step. */
const stretch = 1_024;
/** Most tokens that find their view and document with one lookup. */
const maximumTokens = 10_000;

/**
 * One environment's definitions, ready to serve. Immutable: a change makes another one. What a credential sees of it is
 * worked out at its first request and kept as long as the environment is.
 */
export class Environment {
  /** Its flags are in the order of {@link set}. */
  readonly document: ClientFeatures;
  readonly set: FlagSet;
  readonly issues: readonly DefinitionIssue[];
  /** What is counted for it. */
  readonly counts: EnvironmentCounts;
  readonly #options: EnvironmentOptions;
  readonly #definitions: Definitions;
  readonly #outcomes: Outcomes;
  readonly #byToken = new Map<EdgeToken, FrontendView>();
  readonly #views = new Map<string, FrontendView>();
  readonly #documents = new Map<string, DocumentEntity>();
  /** The whole documents among them, by who asked: one lookup from the second request on. */
  readonly #documentOf = new Map<EdgeToken, DocumentEntity>();

  private constructor(
    document: ClientFeatures,
    set: FlagSet,
    definitions: Definitions,
    options: EnvironmentOptions,
    counts: EnvironmentCounts,
  ) {
    this.counts = counts;
    this.document = document;
    this.set = set;
    this.issues = definitions.issues;
    this.#definitions = definitions;
    this.#options = options;
    this.#outcomes = set.createOutcomes();
  }

  /**
   * Compiles a document whose flags are in the order of their names, in steps: yields after each flag.
   *
   * @param before what is served until then: flags that did not change are taken from it, and scopes that were asked
   * for are made ready, except for the compressed forms of documents ({@link compressLike})
   * @throws UnusableDefinitionsError
   */
  static *createInSteps(
    document: ClientFeatures,
    options: EnvironmentOptions,
    before?: Environment,
  ): Steps<Environment> {
    const definitions = yield* readDefinitionsInSteps(document, {
      before: before === undefined ? undefined : before.#definitions,
      prepare: prepareFeature,
      inOrder: true,
      whenRead: compileWhenRead(options.engine),
    });
    const set = yield* compileInSteps(definitions, options.engine);
    yield;
    const counts = before?.counts ?? { frontend: new EvaluationCounts(), ofrep: new EvaluationCounts() };
    const environment = new Environment(document, set, definitions, options, counts);
    yield;
    if (before !== undefined) yield* environment.#makeReady(before);
    return environment;
  }

  /** What a token sees in the frontend API. One lookup from the second request on. */
  frontend(token: EdgeToken): FrontendView {
    const known = this.#byToken.get(token);
    if (known !== undefined) return known;
    const view = finish(this.#frontendViewInSteps(token.projects));
    if (this.#byToken.size >= maximumTokens) this.#byToken.clear();
    this.#byToken.set(token, view);
    return view;
  }

  /** A flag's definition by name, whoever sees it. */
  feature(name: string): RawFeature | undefined {
    return this.document.features[this.set.indexOf(name)];
  }

  /** A flag by name among those that a token sees; here a token without projects sees none (specification 8.3). */
  visiblePosition(token: EdgeToken, name: string): number | undefined {
    const position = this.set.indexOf(name);
    const feature = this.document.features[position];
    if (feature === undefined || token.projects.length === 0 || !sees(token.projects, feature)) return undefined;
    return position;
  }

  /** The client API's document for a scope (specification 9.1). */
  client(token: EdgeToken, namePrefix: string | undefined): EdgeEntity {
    const held = namePrefix === undefined ? this.#documentOf.get(token) : undefined;
    if (held !== undefined) return held;
    const scope = { cacheKey: '', projects: token.projects, namePrefix };
    const key = JSON.stringify([token.projects, token.environment, namePrefix]);
    let document = this.#documents.get(key);
    if (document === undefined) {
      document = finish(this.#clientDocumentInSteps(scope, token.environment));
      this.#documents.set(key, document);
      this.#trimDocuments();
    }
    if (namePrefix === undefined) {
      if (this.#documentOf.size >= maximumTokens) this.#documentOf.clear();
      this.#documentOf.set(token, document);
    }
    return document;
  }

  /** One flag's definition by its exact name; undefined when the token does not see it (specification 9.2; 27, 5). */
  definition(token: EdgeToken, name: string): EdgeEntity | undefined {
    const scope = { cacheKey: '', projects: token.projects };
    const feature = this.document.features[this.set.indexOf(name)];
    if (feature === undefined || featuresInScope([feature], scope).length === 0) return undefined;
    return new EdgeEntity(feature.text, this.#options.tagger);
  }

  /** JSON of all flags, in the order of the document. */
  get sources(): Iterable<string> {
    return this.document.features.map(({ text }) => text);
  }

  /** Memory of finished replies in bytes. */
  get cachedBytes(): number {
    let bytes = 0;
    for (const view of this.#views.values()) bytes += view.cachedBytes;
    for (const entity of this.#documents.values()) bytes += entity.heldBytes;
    return bytes;
  }

  /** Most memory for finished replies, in bytes: of the scopes that are kept now, and of documents. */
  get cacheLimitBytes(): number {
    let bytes = 2 * this.#options.cacheBytes;
    for (const view of this.#views.values()) bytes += view.cacheLimitBytes;
    return bytes;
  }

  /**
   * Compresses documents in the codings in which `before` has them, beside everything else.
   *
   * @returns when that is done
   */
  async compressLike(before: Environment): Promise<void> {
    for (const [key, document] of this.#documents) {
      for (const coding of before.#documents.get(key)?.codings ?? []) await document.encodeBeside(coding);
    }
    this.#trimDocuments();
  }

  /** Makes what was in use before: the first request after a change must not wait until 5,000 flags are written and joined. */
  *#makeReady(before: Environment): Steps<void> {
    for (const key of [...before.#documents.keys()].slice(-mostDocumentsMade)) {
      const [projects, environment, namePrefix] = JSON.parse(key) as [string[], string | null, string?];
      const scope = { cacheKey: '', projects, namePrefix: namePrefix ?? undefined };
      const document = yield* this.#clientDocumentInSteps(scope, environment);
      yield* document.tagInSteps();
      this.#documents.set(key, document);
      this.#trimDocuments();
    }
    for (const [key, used] of before.#views) {
      const view = yield* this.#frontendViewInSteps(JSON.parse(key) as string[]);
      yield;
      yield* view.makeReady(used);
    }
  }

  *#frontendViewInSteps(projects: readonly string[]): Steps<FrontendView> {
    const key = JSON.stringify(projects);
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const positions: number[] = [];
    for (const [position, feature] of this.document.features.entries()) {
      if (sees(projects, feature)) positions.push(position);
      if (position % stretch === 0) yield;
    }
    if (this.#views.size >= maximumViews) {
      this.#views.delete([...this.#views.keys()][0] ?? '');
      // Tokens find their views anew, so that nothing holds the one that was let go.
      this.#byToken.clear();
    }
    const { tagger, cacheBytes } = this.#options;
    const share = Math.floor(cacheBytes / (this.#views.size + 1));
    const { frontend } = this.counts;
    const view = new FrontendView(this.set, positions, this.#outcomes, tagger, share, frontend);
    this.#views.set(key, view);
    return view;
  }

  /** Lets the oldest documents go, but never the newest one. Their compressed forms count. */
  #trimDocuments(): void {
    let bytes = 0;
    for (const entity of this.#documents.values()) bytes += entity.heldBytes;
    for (const [key, entity] of this.#documents) {
      const fits = bytes <= 2 * this.#options.cacheBytes && this.#documents.size <= maximumDocuments;
      if (fits || this.#documents.size === 1) return;
      this.#documents.delete(key);
      // Tokens find their documents anew, so that nothing holds the one that was let go.
      this.#documentOf.clear();
      bytes -= entity.heldBytes;
    }
  }

  *#clientDocumentInSteps(scope: FeatureScope, environment: string | null): Steps<DocumentEntity> {
    const bytes = yield* clientDocumentInSteps(this.document, scope, environment);
    return new DocumentEntity(bytes, this.#options.tagger);
  }
}
