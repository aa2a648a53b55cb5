import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Steps } from '../../flags/steps.ts';
import { Entity } from '../../http/entity.ts';
import { parseDocument } from '../document/parse.ts';
import type { EnvironmentDocument } from '../document/types.ts';
import { updatedAtSeconds } from '../document/updated-at.ts';
import { type CompiledEnvironment, compileEnvironment } from '../engine/compile.ts';
import { createIdentity, type FeatureContext, type Identity } from '../engine/context.ts';
import type { EvaluationMode } from '../engine/identity-overrides.ts';
import type { DefinitionIssue } from '../engine/issues.ts';
import type { CompiledState, Outcome } from '../engine/outcome.ts';
import type { Integer, Scalar } from '../json/value.ts';
import { FlagList } from './flag-list.ts';
import { createFlagText, type FlagText, type KeyKind, writeLong } from './flag-text.ts';
import { type FlagPieces, flagsLength, writeFlags } from './write-flags.ts';

const jsonType = 'application/json';
const gzipAside = promisify(gzip);

/** How environments are evaluated and written. */
export interface ServingOptions {
  /** Whose values to give where proxy and core differ (spec section 9, traps 3, 6, 7 and 9). */
  readonly mode: EvaluationMode;
  /** Add `variant` and `reason` to every flag. */
  readonly details: boolean;
}

/** A document ready to answer requests, or none; in both cases with everything that is wrong with it. */
export interface LoadResult {
  readonly environment: ServedEnvironment | null;
  readonly issues: readonly DefinitionIssue[];
}

/**
 * Parses and compiles a document given as its pages. A generator to be run in slices; it throws nothing that depends
 * on the document.
 */
export function* loadEnvironment(pages: readonly string[], options: ServingOptions): Steps<LoadResult> {
  const { document, issues } = yield* parseDocument(pages);
  if (document === null) return { environment: null, issues };
  const found = [...issues];
  const context = {
    environment: { key: document.apiKey, name: document.name },
    features: document.features,
    segments: document.segments,
    identityOverrides: document.identityOverrides,
  };
  const compiled = yield* compileEnvironment(context, options.mode, (issue) => {
    if (found.length < maxIssues) found.push(issue);
  });
  const write = createFlagText({
    featureTypes: document.featureTypes,
    serverKeyOnlyFeatureIds: document.project.serverKeyOnlyFeatureIds,
    hideDisabled: hiding(document, options.mode),
    details: options.details,
  });
  yield* writeAhead(compiled, write);
  return { environment: yield* ServedEnvironment.create(document, compiled, write, options.mode), issues: found };
}

/** What is wrong beyond is not kept: a document that is wrong throughout must not fill the memory. */
const maxIssues = 1_000;
const textsPerStep = 100;
/** Overrides of smaller segments are written when they are first needed. */
const manyOverrides = 500;

/** Writes in steps what would take long in one go: very many answers, and those whose value is a long text. */
function* writeAhead(environment: CompiledEnvironment, write: FlagText): Steps<void> {
  let count = 0;
  function* ahead({ plain, split }: CompiledState, always: boolean): Steps<void> {
    yield* writeLong(plain, write);
    for (const outcome of split === null ? [] : [...split.outcomes, split.control]) yield* writeLong(outcome, write);
    if (always) write(plain);
    count += 1;
    if (count % textsPerStep === 0) yield;
  }
  const { features, segments, identityOverrides } = environment;
  for (const { state } of features) yield* ahead(state, true);
  for (const segment of segments) {
    // what is deferred is small
    if (segment.deferred) continue;
    const { states } = segment;
    for (const state of states) yield* ahead(state, states.length > manyOverrides);
  }
  for (const list of identityOverrides.ready()) {
    for (const { state } of list) yield* ahead(state, list.length > manyOverrides);
  }
}

interface Parts {
  readonly mode: EvaluationMode;
  readonly write: FlagText;
  readonly names: ReadonlySet<string>;
  readonly lists: Readonly<Record<KeyKind, FlagList>>;
  /** Whether segments apply without an identity. */
  readonly segments: boolean;
  readonly plain: Readonly<Record<KeyKind, ReadonlyMap<string, Uint8Array>>>;
  readonly plainLists: Readonly<Record<KeyKind, Uint8Array>>;
}

/** The JSON list of texts. */
function joined(texts: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const text of texts.values()) pieces.push(pieces.length === 0 ? bracket : comma, text);
  if (pieces.length === 0) pieces.push(bracket);
  return Buffer.concat([...pieces, closing]);
}

const [bracket, comma, closing] = [Buffer.from('['), Buffer.from(','), Buffer.from(']')];

/** One environment in one state: everything requests ask of it, most of it made before they ask. */
export class ServedEnvironment {
  /** The environment's own client key, which identities are hashed with. */
  readonly apiKey: string;
  readonly name: string | null;
  /** `updated_at` as written, or null. */
  readonly updatedAt: string | null;
  /** `updated_at` in seconds since the epoch, as text for a header or an event; null when it has none. */
  readonly updatedAtText: string | null;
  readonly compiled: CompiledEnvironment;
  readonly mode: EvaluationMode;
  /** The document as it was received. */
  readonly text: string;
  /** Whether segments that need no identity apply without one. */
  readonly segmentsWithoutIdentity: boolean;
  readonly #text: FlagText;
  readonly #types: ReadonlyMap<Integer, string>;
  readonly #names: ReadonlySet<string>;
  readonly #lists: Readonly<Record<KeyKind, FlagList>>;
  readonly #plain: Readonly<Record<KeyKind, ReadonlyMap<string, Uint8Array>>>;
  readonly #plainLists: Readonly<Record<KeyKind, Uint8Array>>;
  readonly #plainList = new Map<KeyKind, Entity>();
  #document: Entity | null = null;
  #documentGzip: Promise<Uint8Array> | null = null;

  private constructor(document: EnvironmentDocument, compiled: CompiledEnvironment, parts: Parts) {
    this.apiKey = document.apiKey;
    this.name = document.name;
    this.updatedAt = document.updatedAt;
    const seconds = updatedAtSeconds(document.updatedAt);
    this.updatedAtText = seconds === null ? null : String(seconds);
    this.compiled = compiled;
    this.mode = parts.mode;
    this.text = document.text;
    this.#text = parts.write;
    this.#types = document.featureTypes;
    this.#names = parts.names;
    this.#lists = parts.lists;
    this.segmentsWithoutIdentity = parts.segments;
    this.#plain = parts.plain;
    this.#plainLists = parts.plainLists;
  }

  /** Makes everything that requests ask for, in steps. */
  static *create(
    document: EnvironmentDocument,
    compiled: CompiledEnvironment,
    write: FlagText,
    mode: EvaluationMode,
  ): Steps<ServedEnvironment> {
    const segments = mode === 'proxy';
    const lists = {
      server: yield* FlagList.create(compiled, write, 'server'),
      client: yield* FlagList.create(compiled, write, 'client'),
    };
    const plain = {
      server: yield* lists.server.withoutIdentity(segments),
      client: yield* lists.client.withoutIdentity(segments),
    };
    const plainLists = { server: joined(plain.server), client: joined(plain.client) };
    yield;
    const names = new Set<string>();
    for (const { name } of document.features) {
      names.add(name);
      if (names.size % textsPerStep === 0) yield;
    }
    return new ServedEnvironment(document, compiled, { mode, write, names, lists, segments, plain, plainLists });
  }

  /** All flags without an identity: the reply body of `/flags/`. */
  flags(kind: KeyKind): Entity {
    let entity = this.#plainList.get(kind);
    if (entity === undefined) {
      entity = new Entity(this.#plainLists[kind], jsonType);
      this.#plainList.set(kind, entity);
    }
    return entity;
  }

  /** One flag without an identity as JSON in UTF-8, or undefined when it does not exist or is not for this key. */
  flag(kind: KeyKind, name: string): Uint8Array | undefined {
    return this.#plain[kind].get(name);
  }

  /**
   * What an identity sees, as texts that `writeFlags` makes a JSON list of. Depends on nothing but the key's kind and the
   * identity. The array is used again by the next call.
   */
  decide(kind: KeyKind, identity: Identity): FlagPieces {
    return this.#lists[kind].decide(identity);
  }

  /** Bytes that whoever keeps the last decision may keep from being collected. */
  personalBytes(kind: KeyKind): number {
    return this.#lists[kind].personalBytes();
  }

  /** All flags of an identity: a JSON list in UTF-8. */
  identityFlags(kind: KeyKind, identity: Identity): Uint8Array {
    const pieces = this.decide(kind, identity);
    const bytes = Buffer.allocUnsafeSlow(flagsLength(pieces));
    writeFlags(pieces, bytes, 0);
    return bytes;
  }

  /**
   * The answers behind {@link flags} (without an identity) and {@link identityFlags}, by feature name: value, reason and
   * variant, for other dialects and for explanations.
   */
  outcomes(kind: KeyKind, identity: Identity | null): ReadonlyMap<string, Outcome> {
    return this.#lists[kind].outcomes(identity, this.segmentsWithoutIdentity);
  }

  /** Whether a kind of key sees a feature with this answer; for other dialects. */
  isVisible(kind: KeyKind, outcome: Outcome): boolean {
    return this.#text(outcome)[kind].length > 0;
  }

  /** `STANDARD`, `MULTIVARIATE`, … */
  featureType({ id }: FeatureContext): string {
    return (id === null ? undefined : this.#types.get(id)) ?? 'STANDARD';
  }

  /** Whether the environment has a feature of this name. */
  hasFeature(name: string): boolean {
    return this.#names.has(name);
  }

  /** Makes the identity that a request is about. */
  identity(identifier: string, traits: Iterable<readonly [string, Scalar]>): Identity {
    return createIdentity(this.apiKey, identifier, traits);
  }

  /** The document, for local evaluation. */
  get document(): Entity {
    this.#document ??= new Entity(this.text, jsonType);
    return this.#document;
  }

  /** The document compressed, made once and beside other work: a large one takes longer than requests should wait. */
  documentGzip(): Promise<Uint8Array> {
    this.#documentGzip ??= gzipAside(this.document.bytes, { level: constants.Z_BEST_SPEED });
    return this.#documentGzip;
  }
}

function hiding(document: EnvironmentDocument, mode: EvaluationMode): Record<KeyKind, boolean> {
  const project = document.project.hideDisabledFlags;
  if (mode === 'proxy') return { server: false, client: project };
  const hide = document.hideDisabledFlags ?? project;
  return { server: hide, client: hide };
}
