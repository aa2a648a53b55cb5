import type { Filled } from '../../../flags/filled.ts';
import { sha256Into } from '../../../http/sha256.ts';
import type { ServedEnvironment } from '../../environment/served-environment.ts';
import { type FlagPieces, flagsLength } from '../../environment/write-flags.ts';
import type { Access } from '../access.ts';
import { isBodyHead } from '../identity-reply.ts';
import { type Decision, type Digest, digestWords, PackedDecisions } from './packed-decisions.ts';

/** Longer ones are read each time. */
const longestBody = 16_384;
const longestIdentifier = 256;
/** How many requests are noted that came once: about as many as have room when they come again. A power of two. */
const notedRequests = 32_768;

/**
 * Requests for identities that came before, by a hash of their bodies: SDKs send the same identity with every page and
 * every poll. Looking one up takes the place of reading it and of deciding anew: a reply is then only joined. Replies
 * themselves, 6 kB each, are not kept, and of most bodies nothing but the hash. It is SHA-256, so that nobody finds two
 * bodies with one hash.
 *
 * What was decided depends on the body, the kind of key and the state of the environment, and on no clock, chance or
 * header; an entry is only used with the state that it was made from, and goes with it. One memory for all environments,
 * bounded in bytes, into which a request comes the second time that it is met; when it is full, the newer half stays.
 */
export class RepeatedIdentities {
  readonly #limitBytes: number;
  readonly #digestBytes = Buffer.alloc(4 * digestWords);
  readonly #digest: Digest = new Uint32Array(this.#digestBytes.buffer, this.#digestBytes.byteOffset, digestWords);
  #noted: Int32Array | null = null;
  #newer = new Half();
  #older = new Half();

  /** @param limitBytes most memory that requests may take together; 0 keeps none */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes held in memory. */
  get filled(): Filled {
    return { used: this.#newer.bytes + this.#older.bytes, limit: this.#limitBytes };
  }

  /** What a body is known by until the next one is asked about; undefined where it is read each time. */
  digestOfBody(body: Uint8Array): Digest | undefined {
    if (this.#limitBytes === 0 || body.length > longestBody) return undefined;
    sha256Into(body, this.#digestBytes);
    return this.#digest;
  }

  /** What an identifier alone is known by until the next one is asked about. No body is known by the same. */
  digestOfIdentifier(identifier: string): Digest | undefined {
    if (this.#limitBytes === 0 || identifier.length > longestIdentifier) return undefined;
    // UTF-8 has one form for all halves of characters
    sha256Into(Buffer.from(identifier, 'utf16le'), this.#digestBytes);
    this.#digest[digestWords - 1]! ^= 1;
    return this.#digest;
  }

  /** What was decided for a request. Used again by the next call. */
  recall(digest: Digest, access: Access): Decision | undefined {
    const newer = this.#newer.decisions(access)?.find(digest);
    if (newer !== undefined) return newer;
    const older = this.#older.decisions(access)?.find(digest);
    if (older !== undefined) this.#keep(digest, access, older);
    return older;
  }

  /**
   * Remembers what was decided just now, from the second time on.
   *
   * @param body of the request, empty where it has none
   * @param head what comes before the flags
   * @param pieces is copied
   */
  learn(digest: Digest, access: Access, body: Uint8Array, head: Buffer, pieces: FlagPieces): void {
    if (!this.#isMetAgain(digest)) return;
    const personalBytes = access.environment.personalBytes(access.kind);
    const kept = isBodyHead(head, body) ? null : head;
    this.#keep(digest, access, { head: kept, pieces, flagsBytes: flagsLength(pieces), personalBytes });
  }

  /** Forgets what was decided for an environment: it has another state now, or is gone. */
  forget(clientKey: string): void {
    for (const half of [this.#newer, this.#older]) half.forget(clientKey);
  }

  #keep(digest: Digest, access: Access, decision: Decision): void {
    const half = this.#limitBytes / 2;
    if (this.#newer.bytes + this.#newer.growth(access, decision) > half) {
      if (new PackedDecisions().growth(decision) > half) return;
      this.#older = this.#newer;
      this.#newer = new Half();
    }
    this.#newer.add(digest, access, decision);
  }

  /** Notes that a request was met. @returns whether that was not the first time */
  #isMetAgain(digest: Digest): boolean {
    this.#noted ??= new Int32Array(notedRequests);
    const slot = digest[1]! & (notedRequests - 1);
    // 0 stands for nothing
    const note = digest[2]! | 1;
    if (this.#noted[slot] === note) return true;
    this.#noted[slot] = note;
    return false;
  }
}

interface OfEnvironment extends Readonly<Record<Access['kind'], PackedDecisions>> {
  readonly clientKey: string;
}

/** What was decided in some time, by the state of the environment. */
class Half {
  readonly #decisions = new Map<ServedEnvironment, OfEnvironment>();
  bytes = 0;

  decisions({ environment, kind }: Access): PackedDecisions | undefined {
    return this.#decisions.get(environment)?.[kind];
  }

  growth(access: Access, decision: Decision): number {
    return (this.decisions(access) ?? new PackedDecisions()).growth(decision);
  }

  add(digest: Digest, { environment, kind, clientKey }: Access, decision: Decision): void {
    let own = this.#decisions.get(environment);
    if (own === undefined) {
      own = { clientKey, client: new PackedDecisions(), server: new PackedDecisions() };
      this.#decisions.set(environment, own);
    }
    const before = own[kind].bytes;
    own[kind].add(digest, decision);
    this.bytes += own[kind].bytes - before;
  }

  forget(forgotten: string): void {
    for (const [environment, { clientKey, client, server }] of this.#decisions) {
      if (clientKey !== forgotten) continue;
      this.#decisions.delete(environment);
      this.bytes -= client.bytes + server.bytes;
    }
  }
}
