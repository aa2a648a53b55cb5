import type { HttpHandler, HttpRequest, ReplySink, ReplyStream } from '../types.ts';
import { Connection } from './connection.ts';
import { Connections, type ConnectionsOptions } from './connections.ts';
import type { Wire } from './wire.ts';

/** A connection in memory, which does what it is told, and notes what no runtime would let pass. */
export class TestWire implements Wire {
  /** Whether the system takes what is sent. */
  isTaking = true;
  isPaused = false;
  isEnded = false;
  /** How it was closed by the server. */
  closedBy: 'close' | 'destroy' | undefined;
  /** Set while somebody wants to know whether the client is still there. */
  onGone: (() => void) | undefined;
  /** How often something was sent. */
  sends = 0;
  /** What may not be: bytes behind the end, two pauses in a row. */
  readonly misuse: string[] = [];
  onClosed: () => void = () => undefined;
  readonly #arrived: Buffer[] = [];
  #waiting: Uint8Array[] = [];

  /** All that reached the client; each character stands for a byte. */
  get text(): string {
    return Buffer.concat(this.#arrived).toString('latin1');
  }

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  send(bytes: Uint8Array): boolean {
    this.sends++;
    if (this.isEnded) this.misuse.push(`sent behind the end: ${Buffer.from(bytes).toString('latin1')}`);
    if (this.closedBy !== undefined) return false;
    if (this.isTaking && this.#waiting.length === 0) {
      this.#arrived.push(Buffer.from(bytes));
      return true;
    }
    // As in a runtime, these very bytes: who writes over them meanwhile is found out.
    this.#waiting.push(bytes);
    return false;
  }

  /** The system takes what waits, as it is by now. To be followed by telling the connection. */
  take(): void {
    this.isTaking = true;
    for (const bytes of this.#waiting) this.#arrived.push(Buffer.from(bytes));
    this.#waiting = [];
  }

  /** The system takes so many bytes of what waits, which are fewer than the first piece of it has. */
  takeSome(count: number): void {
    const first = this.#waiting[0] as Uint8Array;
    this.#arrived.push(Buffer.from(first.subarray(0, count)));
    this.#waiting[0] = first.subarray(count);
  }

  pause(): void {
    if (this.isPaused) this.misuse.push('paused twice');
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) this.misuse.push('resumed without a pause');
    this.isPaused = false;
  }

  end(): void {
    if (this.isEnded) this.misuse.push('ended twice');
    this.isEnded = true;
  }

  close(): void {
    this.#close('close');
  }

  destroy(): void {
    this.#close('destroy');
  }

  watch(onGone: () => void): () => void {
    this.onGone = onGone;
    return () => {
      this.onGone = undefined;
    };
  }

  #close(by: 'close' | 'destroy'): void {
    if (this.closedBy !== undefined) return;
    this.closedBy = by;
    this.onClosed();
  }
}

/** A clock that is moved by hand, and what is to happen again and again. */
export class TestClock {
  nowMs = 1_000;
  #rounds: { readonly ms: number; readonly run: () => void; nextMs: number }[] = [];

  readonly elapsedMs = (): number => this.nowMs;

  readonly every = (ms: number, run: () => void): (() => void) => {
    const round = { ms, run, nextMs: this.nowMs + ms };
    this.#rounds.push(round);
    return () => {
      this.#rounds = this.#rounds.filter((other) => other !== round);
    };
  };

  get isWatched(): boolean {
    return this.#rounds.length > 0;
  }

  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = [...this.#rounds].sort((a, b) => a.nextMs - b.nextMs)[0];
      if (next === undefined || next.nextMs > end) break;
      this.nowMs = next.nextMs;
      next.nextMs += next.ms;
      next.run();
    }
    this.nowMs = end;
  }
}

export interface TestConnection {
  readonly wire: TestWire;
  readonly connection: Connection;
  /** The client sends this; each character stands for a byte. */
  send(text: string | Buffer): void;
  /** The system takes what waits. */
  take(): void;
}

export interface TestServer {
  readonly connections: Connections;
  readonly clock: TestClock;
  /** Faults that no handler answered. */
  readonly errors: unknown[];
  open(): TestConnection;
}

/** A server in memory. */
export function testServer(handler: HttpHandler, options: Partial<ConnectionsOptions> = {}): TestServer {
  const clock = new TestClock();
  const errors: unknown[] = [];
  const connections = new Connections({
    handler,
    keepAliveTimeoutMs: 5_000,
    onError: (error) => errors.push(error),
    elapsedMs: clock.elapsedMs,
    every: clock.every,
    ...options,
  });
  return {
    connections,
    clock,
    errors,
    open() {
      const wire = new TestWire();
      const peer = { address: () => '192.0.2.1', native: (request: HttpRequest) => request };
      const connection = new Connection(wire, connections, peer);
      wire.onClosed = () => connection.closed();
      connections.add(connection);
      return {
        wire,
        connection,
        send: (text) => connection.received(Buffer.from(text as string, 'latin1')),
        take() {
          wire.take();
          connection.drained();
        },
      };
    },
  };
}

/** A stream whose fate is noted. */
export class TestStream implements ReplyStream {
  readonly events: string[] = [];
  sink: ReplySink | undefined;
  readonly #first: string | undefined;

  /** @param first is written as soon as it is open */
  constructor(first?: string) {
    this.#first = first;
  }

  opened(sink: ReplySink): void {
    this.events.push('opened');
    this.sink = sink;
    if (this.#first !== undefined) sink.write(Buffer.from(this.#first));
  }

  drained(): void {
    this.events.push('drained');
  }

  closed(): void {
    this.events.push('closed');
  }
}

/** One reply, as a careful client reads it. */
export interface ReadReply {
  readonly status: number;
  /** By lower-case name; `date` is left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The replies in what a client got. Throws where one is not in its form.
 *
 * @param toHead whether the reply of this number answers a HEAD
 */
export function readReplies(text: string, toHead: (index: number) => boolean = () => false): ReadReply[] {
  const replies: ReadReply[] = [];
  let rest = text;
  while (rest !== '') {
    const match =
      /^HTTP\/1\.1 (\d{3}) [A-Za-z -]+\r\n((?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n/.exec(
        rest,
      );
    if (match === null) throw new Error(`not a reply: ${JSON.stringify(rest.slice(0, 300))}`);
    const lines = (match[2] as string).split('\r\n').slice(0, -1);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      if (name in headers) throw new Error(`a header came twice: ${name}`);
      headers[name] = line.slice(colon + 2);
    }
    const status = Number(match[1]);
    if (status >= 200 && headers.date === undefined) throw new Error('no date');
    delete headers.date;
    rest = rest.slice(match[0].length);
    const isBodiless = status < 200 || status === 204 || status === 304 || toHead(replies.length);
    const [body, used] = isBodiless ? ['', 0] : readBody(rest, headers);
    rest = rest.slice(used);
    replies.push({ status, headers, body });
  }
  return replies;
}

function readBody(rest: string, headers: Readonly<Record<string, string>>): [string, number] {
  if (headers['transfer-encoding'] === 'chunked') {
    if (headers['content-length'] !== undefined) throw new Error('both a length and chunks');
    let body = '';
    for (let at = 0; ; ) {
      const size = /^([0-9a-f]+)\r\n/.exec(rest.slice(at, at + 20));
      if (size === null) throw new Error(`not a chunk: ${JSON.stringify(rest.slice(at, at + 60))}`);
      const length = Number.parseInt(size[1] as string, 16);
      const start = at + size[0].length;
      at = start + length + 2;
      if (rest.slice(start + length, at) !== '\r\n') throw new Error('a chunk without an end');
      if (length === 0) return [body, at];
      body += rest.slice(start, start + length);
    }
  }
  const announced = headers['content-length'];
  if (announced === undefined) {
    if (headers.connection !== 'close') throw new Error('nothing says where the body ends');
    return [rest, rest.length];
  }
  const length = Number(announced);
  if (rest.length < length) throw new Error(`${rest.length} of ${length} bytes of a body`);
  return [rest.slice(0, length), length];
}
