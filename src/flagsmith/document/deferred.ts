import { finish } from '../../flags/steps.ts';
import type { FeatureContext, IdentityOverride, RuleContext, SegmentContext } from '../engine/context.ts';
import { JsonCursor } from '../json/cursor.ts';
import { isList } from '../json/value.ts';
import { readOverrides } from './segment.ts';

/** Where a list of feature states stands in the text of a document. */
export interface Place {
  readonly start: number;
  /** In characters. */
  readonly length: number;
}

/** The text of a document, once all of its pages are put together. */
export interface TextHolder {
  text: string;
}

/** An identity takes no longer than 0.2 ms to be read again. */
const largestOfIdentity = 16_384;
/** A segment takes no longer than 1 ms, and all of a document together 50 ms, when one identity is the first in each. */
const largestOfSegment = 100_000;
const largestOfSegments = 4_000_000;

/**
 * Decides which feature states stay text until they are asked for. As objects they take five times the memory of their
 * text, and every collection of the heap walks them; most are never asked for between two changes of the document.
 * What they hold was read and checked once before.
 */
export class Deferral {
  readonly #holder: TextHolder = { text: '' };
  #left = largestOfSegments;

  /** Sets the whole text, which places are in. Nothing is read before. */
  set text(text: string) {
    this.#holder.text = text;
  }

  /** The identity as it is to be kept. `place`: of its features; null where that is not known. */
  identity(override: IdentityOverride, place: Place | null): IdentityOverride {
    if (place === null || place.length > largestOfIdentity) return override;
    return new DeferredIdentity(override.identifier, this.#holder, place);
  }

  /** The segment as it is to be kept. `place`: of its feature states; null where that is not known. */
  segment(segment: SegmentContext, place: Place | null): SegmentContext {
    if (place === null || segment.overrides.length === 0) return segment;
    if (place.length > largestOfSegment || place.length > this.#left) return segment;
    this.#left -= place.length;
    return new DeferredSegment(segment, this.#holder, place);
  }
}

class DeferredIdentity implements IdentityOverride {
  readonly identifier: string;
  readonly deferred: number;
  readonly #holder: TextHolder;
  readonly #start: number;

  constructor(identifier: string, holder: TextHolder, { start, length }: Place) {
    this.identifier = identifier;
    this.#holder = holder;
    this.deferred = length;
    this.#start = start;
  }

  get features(): readonly FeatureContext[] {
    return readAgain(this.#holder, this.#start);
  }
}

class DeferredSegment implements SegmentContext {
  readonly key: string;
  readonly name: string;
  readonly rules: readonly RuleContext[];
  readonly deferred: number;
  readonly #holder: TextHolder;
  readonly #start: number;

  constructor({ key, name, rules }: SegmentContext, holder: TextHolder, { start, length }: Place) {
    this.key = key;
    this.name = name;
    this.rules = rules;
    this.#holder = holder;
    this.deferred = length;
    this.#start = start;
  }

  get overrides(): readonly FeatureContext[] {
    return readAgain(this.#holder, this.#start);
  }
}

/** What could not be understood was told when the document was loaded. */
const untold = () => undefined;

function readAgain({ text }: TextHolder, start: number): readonly FeatureContext[] {
  const cursor = new JsonCursor(text);
  cursor.position = start;
  const items = cursor.readValue();
  return isList(items) ? finish(readOverrides(items, '', untold)) : [];
}
