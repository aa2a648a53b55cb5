import type { Origin, SnapshotSlot } from '../../flags/snapshot.ts';
import { applyDelta, type RawDefinitions } from '../definitions/delta.ts';
import { isRecord } from '../definitions/is-record.ts';
import { readDefinitionsInSteps, UnusableDefinitionsError } from '../definitions/read-document.ts';
import type { DefinitionIssue, Definitions } from '../definitions/types.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { createModelInSteps, type ProxyModel } from './model.ts';

/** What loading needs. */
export interface LoaderOptions {
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly environment: EngineEnvironment;
  /** Most memory for finished replies, per kind of list. */
  readonly cacheBytes: number;
  /** Told about problems inside a document that was accepted otherwise. */
  readonly onIssues: (issues: readonly DefinitionIssue[]) => void;
  readonly slicing: Slicing;
}

/** How long work is cut into slices. */
export interface Slicing {
  /** Milliseconds from some start; only differences are used. */
  readonly elapsedMs: () => number;
  /** Lets other work run. */
  readonly yieldNow: () => Promise<void>;
}

/** Longest stretch of work on a document before requests get their turn. */
const sliceMs = 5;

/** Origins in the order in which they give way to each other. */
const rank: Readonly<Record<Origin, number>> = { backup: 0, bootstrap: 1, file: 2, upstream: 3 };

/**
 * Turns documents into models and publishes them. Work is cut into slices, so that a large document does not hold up
 * requests; a document that cannot be used changes nothing. One document is worked on at a time.
 */
export class Loader {
  readonly #options: LoaderOptions;
  #raw: RawDefinitions | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads a parsed document: `{features, segments?}` or delta `{events}`.
   *
   * @returns the document in its full form, or undefined when something better is held already
   * @throws UnusableDefinitionsError
   */
  load(document: unknown, origin: Origin): Promise<FullDocument | undefined> {
    const loaded = this.#queue.then(() => this.#load(document, origin));
    this.#queue = loaded.catch(() => undefined);
    return loaded;
  }

  async #load(document: unknown, origin: Origin): Promise<FullDocument | undefined> {
    const { slot, environment, cacheBytes, onIssues, slicing } = this.#options;
    const held = slot.current;
    if (held !== undefined && rank[held.origin] > rank[origin]) return undefined;
    const isDelta = isRecord(document) && Array.isArray(document.events);
    const delta = isDelta ? applyDelta(this.#raw ?? rawOf(held?.model.definitions), document) : undefined;
    const full = delta?.document ?? document;
    const definitions = await runInSlices(readDefinitionsInSteps(full), slicing);
    const model = await runInSlices(createModelInSteps(definitions, environment, cacheBytes), slicing);
    this.#raw = delta?.state;
    slot.publish(model, origin);
    if (definitions.issues.length > 0) onIssues(definitions.issues);
    return toFullDocument(full);
  }
}

/** Runs work that yields, and lets requests have their turn every few milliseconds. */
export async function runInSlices<Result>(
  steps: Generator<void, Result, void>,
  { elapsedMs, yieldNow }: Slicing,
): Promise<Result> {
  let sliceStart = elapsedMs();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (elapsedMs() - sliceStart >= sliceMs) {
      await yieldNow();
      sliceStart = elapsedMs();
    }
  }
}

/** What a delta starts from when the last answer was a whole document. */
function rawOf(definitions: Definitions | undefined): RawDefinitions | undefined {
  if (definitions === undefined) return undefined;
  return {
    features: new Map(definitions.features.map(({ name, source }) => [name, JSON.parse(source)])),
    segments: new Map([...definitions.segments].map(([id, { source }]) => [id, source])),
  };
}

/** A whole document, as it is kept for a restart. */
export interface FullDocument {
  readonly version: unknown;
  readonly features: readonly unknown[];
  readonly segments: unknown;
}

function toFullDocument(document: unknown): FullDocument {
  if (!isRecord(document) || !Array.isArray(document.features)) throw new UnusableDefinitionsError('no features');
  return { version: document.version, features: document.features, segments: document.segments };
}
