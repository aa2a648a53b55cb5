import type { Filled } from '../../flags/filled.ts';
import { RecentEntries, type Weighed } from '../../flags/recent-entries.ts';
import { sha256Base64 } from '../../http/sha256.ts';
import type { ServedEnvironment } from '../environment/served-environment.ts';
import { type FlagPieces, flagsLength } from '../environment/write-flags.ts';
import type { Access } from './access.ts';
import { isBodyHead } from './identity-reply.ts';

/** What was decided for a request. */
export interface DecidedIdentity extends Weighed {
  /** State and kind of key that it was decided for. */
  readonly environment: ServedEnvironment;
  readonly kind: Access['kind'];
  readonly clientKey: string;
  /** What comes before the flags, a character per byte; null where the body of the request begins so. */
  readonly head: string | null;
  readonly pieces: FlagPieces;
  /** Bytes of the list of flags. */
  readonly flagsBytes: number;
}

/** Longer ones are read each time. */
const longestBody = 16_384;
const longestIdentifier = 256;
/** Roughly what an entry takes besides its texts, and per piece. */
const entryBytes = 300;
const pieceBytes = 8;
/** About as many as have room. */
const notedRequests = 32_768;

/**
 * Requests for identities that came before, by a hash of their bodies: SDKs send the same identity with every page and
 * every poll. Looking one up takes the place of reading it and of deciding anew: a reply is then only joined. Replies
 * themselves, 6 kB each, are not kept, and of most bodies nothing but the hash. It is SHA-256, so that nobody finds two
 * bodies with one hash.
 *
 * What was decided depends on the body, the kind of key and the state of the environment, and on no clock, chance or
 * header; an entry is only used with the state that it was made from, and goes with it. One memory for all environments,
 * bounded in bytes, into which a request comes the second time that it is met.
 */
export class RepeatedIdentities {
  readonly #limitBytes: number;
  readonly #recent: RecentEntries<DecidedIdentity>;

  /** @param limitBytes most memory that requests may take together; 0 keeps none */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#recent = new RecentEntries(limitBytes, notedRequests);
  }

  /** Bytes held in memory. */
  get filled(): Filled {
    return { used: this.#recent.bytes, limit: this.#limitBytes };
  }

  /** What a body is known by; undefined where it is read each time. */
  keyOfBody(body: Uint8Array): string | undefined {
    return this.#limitBytes === 0 || body.length > longestBody ? undefined : sha256Base64(body);
  }

  /** What an identifier alone is known by. No hash begins like this. */
  keyOfIdentifier(identifier: string): string | undefined {
    return this.#limitBytes === 0 || identifier.length > longestIdentifier ? undefined : `?${identifier}`;
  }

  /** What was decided for a request. */
  recall(key: string, access: Access): DecidedIdentity | undefined {
    const first = this.#recent.get(key);
    if (first === undefined || isFor(first, access)) return first;
    const second = this.#recent.get(ownKey(key, access));
    return second !== undefined && isFor(second, access) ? second : undefined;
  }

  /**
   * Remembers what was decided just now, from the second time on.
   *
   * @param body of the request, empty where it has none
   * @param head what comes before the flags
   * @param pieces is copied
   */
  learn(key: string, access: Access, body: Uint8Array, head: Buffer, pieces: FlagPieces): void {
    const { environment, kind, clientKey } = access;
    const first = this.#recent.get(key);
    // Environments may have identities in common.
    const isTaken = first !== undefined && (first.clientKey !== clientKey || first.kind !== kind);
    const own = isTaken ? ownKey(key, access) : key;
    if (!this.#recent.isMetAgain(own)) return;
    const kept = isBodyHead(head, body) ? null : head.toString('latin1');
    const texts = 2 * own.length + (kept?.length ?? 0);
    this.#recent.set(own, {
      ...{ environment, kind, clientKey, head: kept, pieces: pieces.slice(), flagsBytes: flagsLength(pieces) },
      bytes: entryBytes + texts + pieceBytes * pieces.length + environment.personalBytes(kind),
    });
  }

  /** Forgets what was decided for an environment: it has another state now, or is gone. */
  forget(clientKey: string): void {
    this.#recent.deleteWhere((decided) => decided.clientKey === clientKey);
  }
}

function isFor(decided: DecidedIdentity, { environment, kind }: Access): boolean {
  return decided.environment === environment && decided.kind === kind;
}

/** For further environments and kinds of keys that are asked about the same. Other keys have no space in that place. */
function ownKey(key: string, { kind, clientKey }: Access): string {
  return `${kind} ${clientKey}\n${key}`;
}
