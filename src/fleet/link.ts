/** Where a message goes out and comes in: a process channel, or two ends joined in memory. */
export interface Channel {
  /** Sends one message. What cannot be sent any more is lost: the other end is gone, and its end is told elsewhere. */
  send(message: unknown): void;
  /** Sets who takes what comes in. */
  receive(take: (message: unknown) => void): void;
}

/** The other process cannot answer: it is gone, or took too long. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  /** The system's code of the failure that the other process met, where there is one. */
  readonly code: string | undefined;
  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

type Message =
  | { readonly kind: 'note'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'part'; readonly bytes: Uint8Array }
  | { readonly kind: 'bytes'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'question'; readonly id: number; readonly name: string; readonly value: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown; readonly large?: boolean }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string; readonly code: string | undefined };

/** An answer with a body of any size. */
export class LargeAnswer {
  readonly value: unknown;
  readonly bytes: Uint8Array;
  constructor(value: unknown, bytes: Uint8Array) {
    this.value = value;
    this.bytes = bytes;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Larger texts travel in pieces: the receiver reads each at once, and requests get their turn in between. */
const partBytes = 128 * 1024;

/**
 * One end of the line between a primary and a worker: notes, questions with answers, and large texts. Everything
 * arrives in the order in which it was sent. Values are what the structured clone algorithm takes.
 */
export class Link {
  readonly #channel: Channel;
  readonly #notes = new Map<string, (value: unknown) => void>();
  readonly #texts = new Map<string, (value: unknown, bytes: Uint8Array) => void>();
  readonly #questions = new Map<string, (value: unknown) => unknown>();
  readonly #waiting = new Map<number, Waiting>();
  #parts: Uint8Array[] = [];
  #lastId = 0;
  #closed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.receive((message) => this.#take(message as Message));
  }

  /** Tells the other end something. */
  note(name: string, value?: unknown): void {
    this.#send({ kind: 'note', name, value });
  }

  /** Sends a large body with something about it. */
  sendBytes(name: string, value: unknown, bytes: Uint8Array): void {
    this.#sendParts(bytes);
    this.#send({ kind: 'bytes', name, value });
  }

  /**
   * Asks the other end. What was answered as a {@link LargeAnswer} arrives as one.
   *
   * @throws LinkError when the other end failed or is gone
   */
  ask(name: string, value?: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new LinkError('the other process is gone'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ kind: 'question', id, name, value });
    });
  }

  onNote(name: string, take: (value: unknown) => void): void {
    this.#notes.set(name, take);
  }

  onBytes(name: string, take: (value: unknown, bytes: Uint8Array) => void): void {
    this.#texts.set(name, take);
  }

  /** Answers questions. What `answer` throws reaches the one who asked. */
  onQuestion(name: string, answer: (value: unknown) => unknown): void {
    this.#questions.set(name, answer);
  }

  /** True when the other end is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The other end is gone: nobody waits any longer. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new LinkError('the other process is gone'));
    this.#waiting.clear();
  }

  #sendParts(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += partBytes) {
      // A copy: a view would take the whole memory behind it along.
      this.#send({ kind: 'part', bytes: bytes.slice(start, start + partBytes) });
    }
  }

  #takeParts(): Uint8Array {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    return bytes;
  }

  #send(message: Message): void {
    if (!this.#closed) this.#channel.send(message);
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'note':
        this.#notes.get(message.name)?.(message.value);
        return;
      case 'part':
        this.#parts.push(message.bytes);
        return;
      case 'bytes':
        this.#texts.get(message.name)?.(message.value, this.#takeParts());
        return;
      case 'question':
        void this.#answer(message.id, message.name, message.value);
        return;
      case 'answer':
        this.#settle(message.id)?.resolve(
          message.large === true ? new LargeAnswer(message.value, this.#takeParts()) : message.value,
        );
        return;
      case 'failure':
        this.#settle(message.id)?.reject(new LinkError(message.message, message.code));
    }
  }

  async #answer(id: number, name: string, value: unknown): Promise<void> {
    try {
      const answer = this.#questions.get(name);
      if (answer === undefined) throw new LinkError(`nobody answers "${name}" here`);
      const answered = await answer(value);
      if (answered instanceof LargeAnswer) {
        this.#sendParts(answered.bytes);
        this.#send({ kind: 'answer', id, value: answered.value, large: true });
      } else this.#send({ kind: 'answer', id, value: answered });
    } catch (error) {
      const { message, code } = error as { message?: string; code?: unknown };
      const text = message ?? String(error);
      this.#send({ kind: 'failure', id, message: text, code: typeof code === 'string' ? code : undefined });
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

/** Two ends joined in memory; messages are cloned and arrive later, as between processes. */
export function joinedChannels(): readonly [Channel, Channel] {
  const takers: ((message: unknown) => void)[] = [];
  const end = (own: number, other: number): Channel => ({
    send(message) {
      const copy = structuredClone(message);
      queueMicrotask(() => takers[other]?.(copy));
    },
    receive(take) {
      takers[own] = take;
    },
  });
  return [end(0, 1), end(1, 0)];
}
