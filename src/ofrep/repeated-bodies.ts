import type { Filled } from '../flags/filled.ts';
import { RecentEntries, type Weighed } from '../flags/recent-entries.ts';
import type { KeptReply } from '../http/kept-reply.ts';
import type { HttpRequest } from '../http/types.ts';
import type { Asker } from './askers.ts';
import type { OpenList } from './open-list.ts';
import type { Keeping, Subject } from './types.ts';

/** A request that came before. */
export interface RepeatedBody extends Weighed {
  readonly subject: Subject;
  readonly keeping: Keeping;
  readonly full: WeakRef<KeptReply> | undefined;
  /** The condition that {@link unchanged} is the answer to, as it was sent. */
  readonly condition: string | undefined;
  readonly unchanged: WeakRef<KeptReply> | undefined;
  /** What it is answered with where chance decides about a few flags. */
  open: WeakRef<OpenList> | undefined;
}

/** Longer bodies are read each time. */
export const longestBody = 2_048;
/** Byte for byte, so that no two bodies have one text. On any bytes: to make a `Buffer` over them takes longer. */
const latin1Of = (Buffer.prototype as unknown as { latin1Slice(this: Uint8Array): string }).latin1Slice;
/** Clients send back what they got, perhaps marked as weak or compressed by a proxy on the way. */
const longestCondition = 256;
/** Roughly what an entry takes besides its texts and its subject. */
const entryBytes = 400;

/**
 * Bulk requests to one view that came before, by their bodies: clients that poll send the same one again and again.
 * Looking one up is much less than reading it; and where its answers hold as long as the view, so does its reply.
 *
 * Nothing here has to be forgotten: with the flags or what the credential sees, the view changes, and this goes with
 * it; whether the credential is valid is asked before. Bounded in bytes. The replies belong to the cache of finished
 * replies; where that lets one go, its requests are evaluated again.
 */
export class RepeatedBodies {
  readonly #limitBytes: number;
  #recent: RecentEntries<RepeatedBody> | undefined;

  /** @param limitBytes most memory that requests may take together; 0 keeps none */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes held in memory. */
  get filled(): Filled {
    return { used: this.#recent?.bytes ?? 0, limit: this.#limitBytes };
  }

  /**
   * Tells requests apart that may be answered differently; undefined for those that are read each time.
   *
   * @param body as it was sent
   */
  keyOf(prefix: Asker['prefix'], body: Uint8Array): string | undefined {
    if (prefix === undefined || this.#limitBytes === 0 || body.length > longestBody) return undefined;
    return prefix + latin1Of.call(body);
  }

  /** The request that {@link learn} was told about. */
  recall(key: string): RepeatedBody | undefined {
    return this.#recent?.get(key);
  }

  /**
   * Remembers a request, from the second time that it comes.
   *
   * @param reply the reply, where its answers hold as long as the view
   */
  learn(key: string, request: HttpRequest, subject: Subject, keeping: Keeping, reply: KeptReply | undefined): void {
    this.#recent ??= new RecentEntries(this.#limitBytes);
    const before = this.#recent.get(key);
    if (before === undefined && !this.#recent.isMetAgain(key)) return;
    let { full, condition, unchanged } = before ?? {};
    if (reply?.status === 200) {
      full = new WeakRef(reply);
    } else if (reply !== undefined) {
      condition = request.header('if-none-match') ?? '';
      if (condition.length > longestCondition) return;
      unchanged = new WeakRef(reply);
    }
    const bytes = entryBytes + keeping.bytes + 2 * (key.length + (condition?.length ?? 0));
    this.#recent.set(key, { subject, keeping, full, condition, unchanged, open: before?.open, bytes });
  }
}

/** The reply to a request that came before; undefined where its flags have to be looked at. */
export function replyTo(request: HttpRequest, { full, condition, unchanged }: RepeatedBody): KeptReply | undefined {
  const asked = request.header('if-none-match');
  return (asked === undefined ? full : asked === condition ? unchanged : undefined)?.deref();
}
