import type { Filled } from '../../../flags/filled.ts';
import { RecentEntries, type Weighed } from '../../../flags/recent-entries.ts';
import { compressionThresholdBytes, negotiateAnyCoding } from '../../../http/compression.ts';
import { KeptReply } from '../../../http/kept-reply.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../../http/types.ts';

/** Counts requests that are answered without being looked into. */
export interface RepeatTally {
  add(): void;
}

/** A reply that is sent again, and what counts it. */
interface Repeated {
  readonly reply: KeptReply;
  readonly tally: RepeatTally;
}

interface Known extends Weighed {
  readonly credential: string;
  readonly origin: string | undefined;
  /** Counted with fetches of definitions; undefined elsewhere, too. */
  readonly interval: string | undefined;
  readonly hasInterval: boolean;
  readonly etag: string | undefined;
  /** `Accept-Encoding` of the request for `full`; null where the reply is too short for it to matter. */
  readonly encoding: string | undefined | null;
  readonly full: Repeated | undefined;
  readonly unchanged: Repeated | undefined;
  wasUsed: boolean;
}

/** What a request is answered from memory with. */
export interface RepeatsOptions {
  /** Header that carries the token, in lower case. */
  readonly authHeader: string;
  /** Most memory that entries may take together, with the replies that they refer to; 0 keeps none. */
  readonly limitBytes: number;
}

/** Longer targets are read each time. */
const longestTarget = 2_048;
/** Roughly what an entry takes besides its texts and replies. */
const entryBytes = 600;

/**
 * Answers to requests that came before, by everything that they depend on: target, token, origin, condition, coding.
 * Between two requests the kernel pushes most of a program out of the processor's caches, so that what counts is how
 * much of it a request touches: the 3 µs from routing to the finished reply, of 10 µs on Bun, become one lookup.
 *
 * Only answers that stay the same until {@link clear} are to be put in: whoever changes definitions or tokens calls it.
 * Bounded in bytes.
 */
export class RepeatedRequests {
  readonly #authHeader: string;
  readonly #limitBytes: number;
  #recent: RecentEntries<Known>;

  constructor({ authHeader, limitBytes }: RepeatsOptions) {
    this.#authHeader = authHeader;
    this.#limitBytes = limitBytes;
    this.#recent = new RecentEntries(limitBytes);
  }

  /** Bytes held in memory. Replies that other caches hold, too, count here all the same. */
  get filled(): Filled {
    return { used: this.#recent.bytes, limit: this.#limitBytes };
  }

  /** Forgets everything: something that answers are made of has changed. */
  clear(): void {
    if (this.#recent.size > 0) this.#recent = new RecentEntries(this.#limitBytes);
  }

  /** The reply to a request that {@link learn} was told about; undefined when it has to be read. Counts it. */
  recall(request: HttpRequest): HttpReply | undefined {
    if (request.method !== 'GET') return undefined;
    const first = this.#recent.get(request.target);
    if (first === undefined) return undefined;
    const credential = request.header(this.#authHeader);
    const known = first.credential === credential ? first : this.#recent.get(keyFor(credential, request));
    if (known === undefined || request.header('origin') !== known.origin) return undefined;
    const found = choose(request, known);
    if (found === undefined) return undefined;
    if (known.hasInterval && request.header('unleash-interval') !== known.interval) return undefined;
    known.wasUsed = true;
    found.tally.add();
    return found.reply;
  }

  /**
   * Remembers a reply for requests like this one.
   *
   * @param hasInterval whether requests are counted by the interval that clients name
   * @param tally makes what counts later requests
   */
  learn(request: HttpRequest, reply: HttpReply, hasInterval: boolean, tally: () => RepeatTally): void {
    const { method, target } = request;
    const credential = request.header(this.#authHeader);
    if (method !== 'GET' || !(reply instanceof KeptReply) || credential === undefined) return;
    if (this.#limitBytes === 0 || target.length > longestTarget || isYetToBeCompressed(request, reply)) return;
    const first = this.#recent.get(target);
    const key = first === undefined || first.credential === credential ? target : keyFor(credential, request);
    const before = this.#recent.get(key);
    const origin = request.header('origin');
    const interval = hasInterval ? request.header('unleash-interval') : undefined;
    const isLike = before?.origin === origin && before?.interval === interval && before?.etag === reply.headers.ETag;
    if (before?.wasUsed && !isLike) {
      // Clients that differ share the place; whoever comes more often keeps it.
      before.wasUsed = false;
      return;
    }
    const same = isLike ? before : undefined;
    const repeated = { reply, tally: tally() };
    const isFull = reply.status === 200;
    const full = isFull ? repeated : same?.full;
    const unchanged = isFull ? same?.unchanged : repeated;
    this.#recent.set(key, {
      ...{ credential, origin, interval, hasInterval, etag: reply.headers.ETag, full, unchanged, wasUsed: false },
      encoding: isFull ? encodingOf(request, reply) : same?.encoding,
      bytes: entryBytes + 2 * (key.length + credential.length) + heldBytes(full) + heldBytes(unchanged),
    });
  }
}

/** Answers what it can from memory before anything else looks at a request. */
export function withRepeats(handler: HttpHandler, repeats: Pick<RepeatedRequests, 'recall'> | undefined): HttpHandler {
  return repeats === undefined ? handler : (request) => repeats.recall(request) ?? handler(request);
}

function choose(request: HttpRequest, { etag, encoding, full, unchanged }: Known): Repeated | undefined {
  const condition = request.header('if-none-match');
  if (condition !== undefined) return condition === etag ? unchanged : undefined;
  return encoding === null || request.header('accept-encoding') === encoding ? full : undefined;
}

/** For tokens after the first one at a target. No target has a space in it. */
function keyFor(credential: string | undefined, { target }: HttpRequest): string {
  return `${credential} ${target}`;
}

/** A large document goes out as it is until its compressed form is there. */
function isYetToBeCompressed(request: HttpRequest, { headers, body }: HttpReply): boolean {
  if (headers['Content-Encoding'] !== undefined || (body?.length ?? 0) < compressionThresholdBytes) return false;
  return negotiateAnyCoding(request.header('accept-encoding')) !== undefined;
}

function encodingOf(request: HttpRequest, { headers, body }: HttpReply): string | undefined | null {
  const isLong = headers['Content-Encoding'] !== undefined || (body?.length ?? 0) >= compressionThresholdBytes;
  return isLong ? request.header('accept-encoding') : null;
}

function heldBytes(repeated: Repeated | undefined): number {
  return repeated === undefined ? 0 : repeated.reply.heldBytes + (repeated.reply.body?.length ?? 0);
}
