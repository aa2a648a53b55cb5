import type { Origin, PublishedElsewhere, SnapshotSlot } from '../../flags/snapshot.ts';
import { runInSlices, type Slicing } from '../../flags/steps.ts';
import { applyDelta, type RawDefinitions } from '../definitions/delta.ts';
import { isRecord } from '../definitions/is-record.ts';
import { readDefinitionsInSteps, UnusableDefinitionsError } from '../definitions/read-document.ts';
import type { DefinitionIssue, Definitions } from '../definitions/types.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { createModelInSteps, type ProxyModel } from './model.ts';
import type { ListKind } from './toggle-list.ts';

/** What loading needs. */
export interface LoaderOptions {
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly environment: EngineEnvironment;
  /** Lists to have ready before a document is put in use. */
  readonly kinds: readonly ListKind[];
  /** Most memory for finished replies, per kind of list. */
  readonly cacheBytes: number;
  /** Told about problems inside a document that was accepted otherwise. */
  readonly onIssues: (issues: readonly DefinitionIssue[]) => void;
  readonly slicing: Slicing;
}

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
   * @param elsewhere where another process published it first
   * @returns the document in its full form, or undefined when something better is held already
   * @throws UnusableDefinitionsError
   */
  load(document: unknown, origin: Origin, elsewhere?: PublishedElsewhere): Promise<FullDocument | undefined> {
    const loaded = this.#queue.then(() => this.#load(document, origin, elsewhere));
    this.#queue = loaded.catch(() => undefined);
    return loaded;
  }

  async #load(
    document: unknown,
    origin: Origin,
    elsewhere: PublishedElsewhere | undefined,
  ): Promise<FullDocument | undefined> {
    const { slot, environment, kinds, cacheBytes, onIssues, slicing } = this.#options;
    const held = slot.current;
    if (held !== undefined && rank[held.origin] > rank[origin]) return undefined;
    const isDelta = isRecord(document) && Array.isArray(document.events);
    const delta = isDelta ? applyDelta(this.#raw ?? rawOf(held?.model.definitions), document) : undefined;
    const full = delta?.document ?? document;
    const definitions = await runInSlices(readDefinitionsInSteps(full, { before: held?.model.definitions }), slicing);
    const model = await runInSlices(createModelInSteps(definitions, environment, kinds, cacheBytes), slicing);
    this.#raw = delta?.state;
    slot.publish(model, origin, elsewhere);
    if (held === undefined) slicing.loaded?.(definitions.features.reduce((bytes, one) => bytes + one.source.length, 0));
    if (definitions.issues.length > 0) onIssues(definitions.issues);
    return toFullDocument(full);
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
