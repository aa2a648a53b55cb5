import type { Cacheable } from '../flags/reply-cache.ts';
import { Entity } from '../http/entity.ts';

/** What follows the list of flags in a bulk reply: the set's metadata, and where changes are told. */
export interface Tail {
  /** Starts with the closing bracket of the list. */
  readonly bytes: Uint8Array;
  /** The part of the entity tag that does not depend on flags: set, credential, stream epoch. */
  readonly tag: string;
  /** Of no other tail, as long as the process runs. */
  readonly serial: number;
  /** The time that its event streams are of. */
  readonly epoch: number;
  /** The silence from upstream that it tells of; 0 for none. */
  readonly ageSeconds: number;
}

export const jsonType = 'application/json; charset=utf-8';

/** Starts every bulk reply, up to the opening bracket. */
export const bulkHead: Uint8Array = new TextEncoder().encode('{"flags":');

/** Most tails that one list of flags is kept with: credentials that see the same, and hosts that are asked under. */
const maximumTails = 4;

/**
 * One list of evaluated flags with everything that follows from it: its part of the entity tag, and whole replies with
 * their compressed forms by tail. Kept by the answers that it consists of.
 */
export class BulkReply implements Cacheable {
  /** Stands for the list in entity tags. */
  readonly hash: string;
  readonly #replies = new Map<Tail, Entity>();
  readonly #listLength: number;

  /**
   * @param bytes head, list and tail
   * @param hash equal for equal lists, different for different ones
   */
  constructor(bytes: Uint8Array, tail: Tail, hash: string) {
    this.#listLength = bytes.length - bulkHead.length - tail.bytes.length;
    this.hash = hash;
    this.#replies.set(tail, new Entity(bytes, jsonType));
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const entity of this.#replies.values()) bytes += entity.heldBytes;
    return bytes;
  }

  /** The whole reply. */
  entity(tail: Tail): Entity {
    const known = this.#replies.get(tail);
    if (known !== undefined) return known;
    const [[firstTail, first] = []] = this.#replies;
    if (first === undefined || firstTail === undefined) throw new RangeError('a reply without a body');
    const entity = new Entity(Buffer.concat([bulkHead, this.#list(first.bytes), tail.bytes]), jsonType);
    if (this.#replies.size >= maximumTails) this.#replies.delete(firstTail);
    this.#replies.set(tail, entity);
    return entity;
  }

  /** The list without its closing bracket. */
  #list(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(bulkHead.length, bulkHead.length + this.#listLength);
  }
}
