import { LoanedReply } from '../loaned-reply.ts';
import { type HttpReply, RequestAbortedError } from '../types.ts';
import type { Connections } from './connections.ts';
import { Input } from './input.ts';
import { sendReply, wholeHead } from './reply-writer.ts';
import { RequestBody } from './request-body.ts';
import { type HeadFault, HeadReader, type RequestHead } from './request-head.ts';
import { SentStream } from './sent-stream.ts';
import type { Wire } from './wire.ts';
import { type Peer, WireRequest } from './wire-request.ts';

const headEnd = '\r\n\r\n';
const headEndBytes = Buffer.from(headEnd);
const continueResponse = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n');
const connectionClose = '\r\nConnection: close';
const connectionKeepAlive = '\r\nConnection: keep-alive';
const chunked = '\r\nTransfer-Encoding: chunked';
/** Longer input is searched as bytes: a text is not made of a body. */
const longestText = 4_096;
/** Shorter memory is a part of the runtime's own heap, without anything to be given back. */
const longestCopy = 1_000;

/** What a connection is about; {@link Connections} says how long each may last. */
export type ConnectionState = 'new' | 'idle' | 'head' | 'body' | 'answering' | 'streaming' | 'sending' | 'over';

/**
 * One connection of HTTP/1.1: reads requests, one after the other, and sends their replies in that order. It does no input and
 * output itself and has no timers, so that it is the same for all runtimes and tests.
 *
 * Never holds more input than one piece beyond a head of the largest size: what cannot be answered yet is not read.
 *
 * Source: RFC 9112.
 */
export class Connection {
  /** When {@link state} began, by the clock of the connections. */
  sinceMs: number;
  readonly #wire: Wire;
  readonly #owner: Connections;
  readonly #peer: Peer;
  readonly #heads: HeadReader;
  #input: Input | undefined;
  /** How much of the input is known to have no end of a head in it. */
  #searched = 0;
  /** The body of the last request, while it is not complete. */
  #body: RequestBody | undefined;
  #awaitsContinue = false;
  #stream: SentStream | undefined;
  /** What is being sent, and may be written over once it is. */
  #onLoan: LoanedReply | undefined;
  #isNew = true;
  #isAnswering = false;
  #isBehind = false;
  /** What waited at the last look. */
  #waitingBytes = 0;
  #isReading = false;
  #isPaused = false;
  #isHalfClosed = false;
  #isOver = false;

  constructor(wire: Wire, owner: Connections, peer: Peer) {
    this.#wire = wire;
    this.#owner = owner;
    this.#peer = peer;
    this.#heads = new HeadReader(owner.knownFields);
    this.sinceMs = owner.nowMs;
  }

  get state(): ConnectionState {
    if (this.#isOver) return this.#isBehind ? 'sending' : 'over';
    if (this.#body !== undefined) return 'body';
    if (this.#stream !== undefined) return 'streaming';
    if (this.#isAnswering) return 'answering';
    if (this.#isBehind) return 'sending';
    if (this.#input !== undefined) return 'head';
    return this.#isNew ? 'new' : 'idle';
  }

  /** Bytes came. They are not changed afterwards. */
  received(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#input === undefined) this.#readOn(bytes);
    else {
      this.#input.add(bytes);
      this.#readOn(this.#input.unread);
    }
  }

  /** What was sent is with the system. */
  drained(): void {
    this.#isBehind = false;
    this.#giveBack();
    this.sinceMs = this.#owner.nowMs;
    this.#stream?.drained();
    if (this.#isOver && this.#isHalfClosed) this.#wire.close();
    else this.#continue();
  }

  /** The client sends no more. It may still read. */
  ended(): void {
    const isUnfinished = this.#stream !== undefined || this.#body !== undefined;
    if (isUnfinished && !this.#isOver) this.close();
    else if (this.#isAnswering || this.#isBehind) this.#isHalfClosed = true;
    else if (this.#isOver) this.#wire.close();
    else this.#finish();
  }

  /** The connection is gone. */
  closed(): void {
    this.#isOver = true;
    this.#giveBack();
    this.#body?.abort();
    this.#stream?.closed();
    this.#owner.remove(this);
  }

  /** Begins {@link sinceMs} anew where the client has taken something of its replies since the last look. */
  noteProgress(): void {
    const { waitingBytes } = this.#wire;
    if (waitingBytes < this.#waitingBytes) this.sinceMs = this.#owner.nowMs;
    this.#waitingBytes = waitingBytes;
  }

  /** Closes. What the system has taken still reaches the client, however slowly it reads. */
  close(): void {
    this.#isOver = true;
    this.#wire.close();
  }

  /** Closes at once. */
  destroy(): void {
    this.#isOver = true;
    this.#wire.destroy();
  }

  /** Ends with an answer that says why. */
  refuse(status: HeadFault | 408 | 431): void {
    this.#isBehind = !sendReply(this.#wire, { status, headers: {}, body: '' }, false, connectionClose);
    this.#finish();
  }

  readonly #continue = (): void => {
    if (this.#isReading || this.#isOver) return;
    if (this.#input !== undefined && this.#canRead()) this.#readOn(this.#input.unread);
    else this.#hold();
  };

  #canRead(): boolean {
    if (this.#isOver) return false;
    if (this.#body !== undefined) return this.#body.isWanted;
    return !this.#isAnswering && !this.#isBehind && this.#stream === undefined;
  }

  #readOn(bytes: Buffer): void {
    this.#isReading = true;
    let at = 0;
    try {
      while (at < bytes.length && this.#canRead()) {
        const rest = at === 0 ? bytes : bytes.subarray(at);
        const used = this.#body === undefined ? this.#readRequest(rest) : this.#readBody(rest);
        if (used === 0) break;
        at += used;
      }
    } finally {
      this.#isReading = false;
    }
    if (at === bytes.length || this.#isOver) this.#input = undefined;
    else if (this.#input !== undefined) this.#input.skip(at);
    else {
      this.#input = new Input(at === 0 ? bytes : bytes.subarray(at));
      this.sinceMs = this.#owner.nowMs;
    }
    this.#hold();
  }

  /** Keeps the client waiting while what it sent cannot be used. */
  #hold(): void {
    if (this.#isOver) return;
    const isHeld = this.#input !== undefined && !this.#canRead();
    if (isHeld !== this.#isPaused) {
      this.#isPaused = isHeld;
      if (isHeld) this.#wire.pause();
      else this.#wire.resume();
    }
    // Of a client that sends no more, nothing can complete what is left of the input.
    const isDone = this.#isHalfClosed || (this.#owner.isClosing && this.#input === undefined);
    if (isDone && this.#canRead()) this.#finish();
  }

  /** @returns how many bytes belong to it; 0 while its head is not complete */
  #readRequest(bytes: Buffer): number {
    if (bytes[0] === 0x0d && this.#searched === 0) {
      // Some clients send an empty line behind a body.
      if (bytes.length === 1) return 0;
      if (bytes[1] === 0x0a) return 2;
    }
    const text = bytes.length > longestText ? undefined : bytes.toString('latin1');
    const end = text?.indexOf(headEnd, this.#searched) ?? bytes.indexOf(headEndBytes, this.#searched);
    const { maxHeadBytes } = this.#owner;
    const isTooLong = (end < 0 ? bytes.length - headEnd.length + 1 : end) > maxHeadBytes;
    if (end < 0 || isTooLong) {
      if (!beginsVisibly(bytes)) this.refuse(400);
      else if (isTooLong) this.refuse(431);
      else this.#searched = Math.max(0, bytes.length - headEnd.length + 1);
      return 0;
    }
    this.#searched = 0;
    const used = end + headEnd.length;
    const head = this.#heads.read(
      text === undefined ? bytes.toString('latin1', 0, used) : used === text.length ? text : text.slice(0, used),
    );
    if (typeof head === 'number') {
      this.refuse(beginsVisibly(bytes) ? head : 400);
      return 0;
    }
    const { fields } = head;
    if (!fields.isChunked && !fields.contentLength) {
      this.#answer(head, undefined);
      return used;
    }
    const body = new RequestBody(fields, this.#wantBody);
    this.#body = body;
    this.#awaitsContinue = fields.expectsContinue && !head.isHttp10;
    const ofBody = this.#readBody(behind(bytes, used));
    if (!this.#isOver) this.#answer(head, body);
    return used + ofBody;
  }

  #readBody(bytes: Uint8Array): number {
    const body = this.#body as RequestBody;
    try {
      const used = body.feed(bytes);
      if (used > 0) this.#awaitsContinue = false;
      if (body.isDone) this.#body = undefined;
      return used;
    } catch {
      // A body that is not in its form: where the next request begins is not known.
      body.abort();
      this.#body = undefined;
      if (this.#stream === undefined) this.refuse(400);
      else this.destroy();
      return 0;
    }
  }

  /** Somebody waits for the body, or nobody ever will. */
  readonly #wantBody = (isToBeRead: boolean): void => {
    if (isToBeRead && this.#awaitsContinue && !this.#isOver) {
      this.#awaitsContinue = false;
      this.#wire.send(continueResponse);
    }
    this.#continue();
  };

  #answer(head: RequestHead, body: RequestBody | undefined): void {
    const owner = this.#owner;
    this.#isNew = false;
    this.sinceMs = owner.nowMs;
    owner.onRequest?.();
    try {
      const reply = owner.handler(new WireRequest(head, body, this.#peer));
      if (!(reply instanceof Promise)) {
        this.#reply(reply, head);
        return;
      }
      this.#isAnswering = true;
      reply.then(
        (late) => this.#late(() => this.#reply(late, head), head),
        (error) => this.#late(() => this.#fail(error, head), head),
      );
    } catch (error) {
      this.#fail(error, head);
    }
  }

  #late(answer: () => void, head: RequestHead): void {
    this.#isAnswering = false;
    this.sinceMs = this.#owner.nowMs;
    try {
      answer();
    } catch (error) {
      this.#fail(error, head);
    }
    this.#continue();
  }

  /** @throws TypeError where the reply cannot be sent; nothing of it was then */
  #reply(reply: HttpReply, head: RequestHead): void {
    if (this.#isOver) {
      reply.stream?.closed();
      return;
    }
    const isLast = this.#owner.isLeaving || this.#awaitsContinue || !staysAfter(head);
    const connection = isLast ? connectionClose : head.isHttp10 ? connectionKeepAlive : '';
    const isHead = head.method === 'HEAD';
    if (reply.stream !== undefined) this.#sendStream(reply, head, isLast, connection);
    else this.#isBehind = !sendReply(this.#wire, reply, isHead, connection);
    if (this.#isBehind && reply instanceof LoanedReply) this.#onLoan = reply;
    if (this.#awaitsContinue) this.#forgetBody();
    this.#body?.drop();
    if (isLast && this.#stream === undefined) this.#finish();
  }

  /** It was not asked for, and so will not come. */
  #forgetBody(): void {
    this.#awaitsContinue = false;
    this.#body?.abort();
    this.#body = undefined;
  }

  #sendStream(reply: HttpReply, head: RequestHead, isLast: boolean, connection: string): void {
    const stream = reply.stream as NonNullable<HttpReply['stream']>;
    const isHead = head.method === 'HEAD';
    const isChunked = !head.isHttp10;
    let bytes: Buffer;
    try {
      bytes = wholeHead(reply, isHead ? connection : isChunked ? chunked + connection : connectionClose);
    } catch (error) {
      stream.closed();
      throw error;
    }
    this.#isBehind = !this.#wire.send(bytes);
    if (isHead) {
      stream.closed();
      return;
    }
    this.#stream = new SentStream(this.#wire, stream, isChunked, (isBehind) => {
      this.#stream = undefined;
      if (isBehind) this.#isBehind = true;
      if (isLast || !isChunked || this.#owner.isLeaving) this.#finish();
      else this.#continue();
    });
    this.#stream.open();
  }

  #fail(error: unknown, head: RequestHead): void {
    if (this.#isOver) return;
    if (error instanceof RequestAbortedError) {
      this.destroy();
      return;
    }
    this.#owner.onError?.(error);
    this.#reply({ status: 500, headers: {}, body: 'Internal Server Error' }, head);
  }

  /** What was on loan is with the system, or nobody gets it any more. */
  #giveBack(): void {
    this.#onLoan?.release();
    this.#onLoan = undefined;
  }

  /** Nothing more is answered. The client takes what was sent, and closes. */
  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.sinceMs = this.#owner.nowMs;
    this.#input = undefined;
    if (this.#isPaused) this.#wire.resume();
    this.#wire.end();
  }
}

/** What follows a head. A view of a few bytes costs Bun 0.4 µs more than a copy, and would keep the head in memory. */
function behind(bytes: Buffer, start: number): Uint8Array {
  const length = bytes.length - start;
  if (length > longestCopy) return bytes.subarray(start);
  const copy = new Uint8Array(length);
  bytes.copy(copy, 0, start);
  return copy;
}

/** Whether it can be HTTP at all. Who speaks TLS to the wrong port waits for an answer, and would get none for a minute. */
function beginsVisibly(bytes: Buffer): boolean {
  const first = bytes[0] as number;
  return first > 0x20 && first < 0x7f;
}

function staysAfter({ isHttp10, fields }: RequestHead): boolean {
  return fields.keepsAlive ?? !isHttp10;
}
