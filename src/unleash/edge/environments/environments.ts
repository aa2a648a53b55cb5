import { runInSlices, type Slicing, type Steps } from '../../../flags/steps.ts';
import { applyDelta } from '../../definitions/delta.ts';
import type { DefinitionIssue } from '../../definitions/types.ts';
import { sortedByNameInSteps } from '../documents/by-name.ts';
import { LastAnswers } from '../documents/last-answers.ts';
import { readClientFeatures } from '../documents/read-features.ts';
import { type ClientFeatures, cacheKey, type EdgeEnvironments, type EdgeToken } from '../types.ts';
import { Environment, type EnvironmentOptions } from './environment.ts';

/** What holding environments needs. */
export interface EnvironmentsOptions extends EnvironmentOptions {
  readonly slicing: Slicing;
  /** Told about problems inside a document that was accepted otherwise. */
  readonly onIssues: (cacheKey: string, issues: readonly DefinitionIssue[]) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What becomes of a document; undefined when it stays. */
type Change = (held: ClientFeatures | undefined) => Steps<ClientFeatures | undefined>;
type Listener = Parameters<EdgeEnvironments['onChange']>[0];

/** When an environment's definitions were last put in use, and whether an earlier run had fetched them. */
export interface EnvironmentAge {
  readonly changedAtMs: number;
  readonly fromStore: boolean;
  readonly revision: number;
}

/**
 * All environments by cache key. Changes of one environment happen one after the other and in slices; requests see the
 * state from before or after. A document that cannot be used changes nothing.
 */
export class Environments implements EdgeEnvironments {
  readonly #options: EnvironmentsOptions;
  readonly #held = new Map<string, Environment>();
  readonly #ages = new Map<string, EnvironmentAge>();
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<Listener>();
  readonly #answers = new LastAnswers();

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  /** The environment to serve from; undefined before its first document. */
  get(key: string): Environment | undefined {
    return this.#held.get(key);
  }

  get size(): number {
    return this.#held.size;
  }

  age(key: string): EnvironmentAge | undefined {
    return this.#ages.get(key);
  }

  entries(): IterableIterator<[string, Environment]> {
    return this.#held.entries();
  }

  current(key: string): ClientFeatures | undefined {
    return this.#held.get(key)?.document;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Merges what a token fetched. @throws UnusableDefinitionsError */
  merge(token: EdgeToken, document: unknown): Promise<void> {
    const key = cacheKey(token);
    const change: Change = (held) => this.#answers.mergeInSteps(token, held, this.#read(key, document));
    return this.#inTurn(key, change, undefined, false);
  }

  /** Applies a delta answer. @throws UnusableDefinitionsError */
  apply(token: EdgeToken, delta: { readonly events?: unknown }): Promise<void> {
    const key = cacheKey(token);
    const events = Array.isArray(delta.events) ? (delta.events as unknown[]) : undefined;
    return this.#inTurn(key, (held) => applied(token, held, delta, this.#answers), events, false);
  }

  /**
   * Replaces an environment: offline files, and what an earlier run kept.
   *
   * @param changedAtMs when it became what it is, where that was not now
   */
  replace(key: string, document: unknown, fromStore = false, changedAtMs?: number): Promise<void> {
    const readDocument = () => this.#read(key, document);
    const change: Change = function* (held) {
      if (fromStore && held !== undefined) return undefined;
      const read = readDocument();
      yield;
      return { ...read, features: yield* sortedByNameInSteps(read.features) };
    };
    return this.#inTurn(key, change, undefined, fromStore, changedAtMs);
  }

  /** Forgets an environment: nobody is allowed to fetch it any more. */
  drop(key: string): Promise<void> {
    return this.#chain(key, async () => {
      if (!this.#held.delete(key)) return;
      this.#ages.delete(key);
      for (const listener of this.#listeners) listener(key, undefined, undefined);
    });
  }

  /** Reads a document, and tells of entries that are no flags. */
  #read(key: string, document: unknown): ClientFeatures {
    return readClientFeatures(document, (count) => {
      const message =
        count === 1 ? 'a flag without a name was left out' : `${count} flags without a name were left out`;
      this.#options.onIssues(key, [{ subject: undefined, message }]);
    });
  }

  #inTurn(
    key: string,
    change: Change,
    events: readonly unknown[] | undefined,
    fromStore: boolean,
    changedAtMs?: number,
  ): Promise<void> {
    return this.#chain(key, async () => {
      const { slicing, onIssues, now } = this.#options;
      const before = this.#held.get(key);
      const document = await runInSlices(change(before?.document), slicing);
      if (document === undefined) return;
      const environment = await runInSlices(Environment.createInSteps(document, this.#options, before), slicing);
      if (before !== undefined) await environment.compressLike(before);
      this.#held.set(key, environment);
      if (before === undefined) slicing.loaded?.(sizeOf(document));
      const revision = (this.#ages.get(key)?.revision ?? 0) + 1;
      this.#ages.set(key, { changedAtMs: changedAtMs ?? now(), fromStore, revision });
      if (environment.issues.length > 0) onIssues(key, environment.issues);
      for (const listener of this.#listeners) listener(key, document, events);
    });
  }

  #chain(key: string, run: () => Promise<void>): Promise<void> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const done = before.then(run);
    const settled = done.catch(() => undefined);
    this.#queues.set(key, settled);
    void settled.then(() => {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    });
    return done;
  }
}

function* applied(
  token: EdgeToken,
  held: ClientFeatures | undefined,
  delta: unknown,
  answers: LastAnswers,
): Steps<ClientFeatures> {
  const hydrates =
    typeof delta === 'object' &&
    delta !== null &&
    'events' in delta &&
    Array.isArray(delta.events) &&
    delta.events.some((event) => (event as { type?: unknown } | null)?.type === 'hydration');
  const raw = {
    features: new Map(held?.features.map((feature) => [feature.name, feature as unknown])),
    segments: new Map(held?.segments?.map((segment) => [segment.id, segment as unknown])),
  };
  yield;
  const { document } = applyDelta(raw, delta);
  yield;
  const read = readClientFeatures(document);
  yield;
  // A hydration tells about the token's own projects only; flags of others stay.
  if (hydrates && held !== undefined) return yield* answers.mergeInSteps(token, held, read);
  return { ...held, ...read, features: yield* sortedByNameInSteps(read.features) };
}

function sizeOf({ features }: ClientFeatures): number {
  return features.reduce((bytes, { text }) => bytes + text.length, 0);
}
