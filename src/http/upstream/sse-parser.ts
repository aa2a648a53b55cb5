/** One event of a `text/event-stream`. */
export interface SseEvent {
  /** `message` where the stream gives none. */
  readonly name: string;
  readonly data: string;
  /** The last id that the stream gave, with this event or before; empty before the first. */
  readonly id: string;
}

/** The stream sent a line or an event that is too long to be kept. */
export class SseTooLongError extends Error {
  override readonly name = 'SseTooLongError';
}

/**
 * Reads a `text/event-stream` from bytes that may be cut anywhere, inside characters and line ends too. What is not
 * finished by an empty line when the stream ends is no event.
 *
 * Source: WHATWG HTML, server-sent events.
 */
export class SseParser {
  readonly #limit: number;
  readonly #advice: string;
  readonly #decoder = new TextDecoder();
  #line = '';
  #afterReturn = false;
  #name = '';
  #data: string[] = [];
  #dataLength = 0;
  #id = '';

  /**
   * @param limit most characters of one event
   * @param setting where that comes from, for the message
   */
  constructor(limit: number, setting?: string) {
    this.#limit = limit;
    this.#advice = setting === undefined ? '' : ` (${setting} allows more)`;
  }

  /** Takes the next bytes. @returns the events that are complete now @throws SseTooLongError */
  push(bytes: Uint8Array): SseEvent[] {
    const text = this.#decoder.decode(bytes, { stream: true });
    const events: SseEvent[] = [];
    let start = 0;
    for (let index = this.#skipLineFeed(text); index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code !== 10 && code !== 13) continue;
      // After a line feed was skipped at the very start there is nothing in front of it.
      const line = this.#line + text.slice(Math.max(start, this.#skipped), index);
      this.#line = '';
      if (code === 13) {
        if (index + 1 === text.length) this.#afterReturn = true;
        else if (text.charCodeAt(index + 1) === 10) index++;
      }
      start = index + 1;
      const event = this.#take(line);
      if (event !== undefined) events.push(event);
    }
    this.#line += text.slice(Math.max(start, this.#skipped));
    this.#check();
    return events;
  }

  /** 1 when the text now being read starts with the second half of a line end. */
  #skipped = 0;

  #skipLineFeed(text: string): number {
    this.#skipped = 0;
    if (text === '') return 0;
    if (this.#afterReturn && text.charCodeAt(0) === 10) this.#skipped = 1;
    this.#afterReturn = false;
    return this.#skipped;
  }

  #take(line: string): SseEvent | undefined {
    if (line === '') return this.#finish();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#data.push(value);
      this.#dataLength += value.length + 1;
      this.#check();
    } else if (field === 'event') this.#name = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #finish(): SseEvent | undefined {
    const event =
      this.#data.length === 0
        ? undefined
        : { name: this.#name || 'message', data: this.#data.join('\n'), id: this.#id };
    this.#name = '';
    this.#data = [];
    this.#dataLength = 0;
    return event;
  }

  #check(): void {
    if (this.#line.length + this.#dataLength > this.#limit) {
      throw new SseTooLongError(`an event is longer than ${this.#limit} characters${this.#advice}`);
    }
  }
}
