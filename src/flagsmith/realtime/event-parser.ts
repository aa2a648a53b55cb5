/** One event of a `text/event-stream`. */
export interface ServerEvent {
  /** `message` when the stream names none. */
  readonly type: string;
  readonly data: string;
}

const maxPendingLength = 1_000_000;

/** The stream sent a line or an event too long to be meant. */
export class EventTooLongError extends Error {
  override readonly name = 'EventTooLongError';
}

/** Makes a parser: feed it a stream's text piece by piece, and it calls back for every complete event. */
export function createEventParser(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let pending = '';
  let type = '';
  let data: string[] = [];

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) onEvent({ type: type === '' ? 'message' : type, data: data.join('\n') });
      type = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(colon + (text[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
  }

  return (text) => {
    pending += text;
    if (pending.length + data.length * 16 > maxPendingLength) throw new EventTooLongError('an event is too long');
    // a carriage return at the very end may be half of a line break
    const lines = pending.split(/\r\n|\n|\r(?!$)/);
    pending = lines.pop() ?? '';
    for (const item of lines) line(item);
  };
}
