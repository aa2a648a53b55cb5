import {
  type FieldValues,
  framing,
  type HeaderFault,
  type HeaderFields,
  readHeaderFields,
  trimmed,
} from './header-fields.ts';

/** Longer blocks are read each time, so that no more than 256 kB are kept. */
const longestBlock = 2_048;
const mostLines = 128;
/** Names that may follow a name. */
const mostBranches = 4;

const nameForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const valueForm = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the length of a request and the end of its connection go by. */
const framingNames = ['content-length', 'transfer-encoding', 'expect', 'connection'];

/** A line that came, behind those that came before it. */
class Line {
  /** As it was sent, with the colon. */
  readonly start: string;
  /** In lower case. */
  readonly name: string;
  readonly before: Line | undefined;
  /** All of it with its end, as it came last. */
  text: string;
  value: string;
  /** Where it is the last one of a request. */
  names: FieldNames | undefined;
  readonly next: Line[] = [];

  constructor(start: string, text: string, value: string, before: Line | undefined) {
    this.start = start;
    this.name = start.slice(0, -1).toLowerCase();
    this.text = text;
    this.value = value;
    this.before = before;
  }
}

/** The names of all fields of a request, none of which comes twice. */
interface FieldNames {
  readonly positions: ReadonlyMap<string, number>;
  /** Whether one of them says something about body or connection. */
  readonly areFraming: boolean;
}

class ValuesByPosition implements FieldValues {
  readonly #positions: ReadonlyMap<string, number>;
  readonly #values: readonly string[];

  constructor(positions: ReadonlyMap<string, number>, values: readonly string[]) {
    this.#positions = positions;
    this.#values = values;
  }

  get(name: string): string | undefined {
    const position = this.#positions.get(name);
    return position === undefined ? undefined : this.#values[position];
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const [name, position] of this.#positions) yield [name, this.#values[position] as string];
  }
}

/**
 * Header fields of requests that are nearly like others: clients send the same lines in the same order, and behind a load
 * balancer one or two of them have another value each time (`X-Request-Id`, `traceparent`). A line that came before at its place is
 * compared and not read; one with another value is looked at alone. 16 lines take 0.6 µs on Bun and 1.1 on Node in place of 3.
 *
 * Everything out of the ordinary is left to {@link readHeaderFields}, which decides: what this returns is what that would.
 */
export class KnownFields {
  #first = new Line(':', '', '', undefined);
  #lines = 0;

  /** How many lines are kept, at most 128. */
  get size(): number {
    return this.#lines;
  }

  /** @param block all lines, each with its end, and the empty one behind them */
  read(block: string): HeaderFields | HeaderFault {
    if (block.length > longestBlock) return readHeaderFields(block);
    const values: string[] = [];
    const end = block.length - 2;
    let last = this.#first;
    let at = 0;
    while (at < end) {
      const line = find(last, block, at) ?? this.#learn(last, block, at);
      if (line === undefined) return readHeaderFields(block);
      values.push(line.value);
      at += line.text.length;
      last = line;
    }
    last.names ??= namesOf(last);
    const { positions, areFraming } = last.names;
    if (at !== end || positions.size !== values.length || !block.endsWith('\r\n')) return readHeaderFields(block);
    const found = new ValuesByPosition(positions, values);
    if (areFraming) return framing(found);
    return { values: found, contentLength: undefined, isChunked: false, expectsContinue: false, keepsAlive: undefined };
  }

  /** @returns undefined where it is not in its form */
  #learn(last: Line, block: string, at: number): Line | undefined {
    const colon = block.indexOf(':', at);
    const end = block.indexOf('\r\n', at);
    if (colon < 0 || end < colon || !nameForm.test(block.slice(at, colon))) return undefined;
    if (!valueForm.test(block.slice(colon + 1, end))) return undefined;
    if (this.#lines >= mostLines) {
      // A line that requests still have is soon there again.
      this.#first = new Line(':', '', '', undefined);
      this.#lines = 0;
    }
    this.#lines++;
    const value = trimmed(block, colon + 1, end);
    const line = new Line(block.slice(at, colon + 1), block.slice(at, end + 2), value, last);
    if (last.next.length >= mostBranches) last.next.shift();
    last.next.push(line);
    return line;
  }
}

/** The line that begins at `at`, where one with its name came before at this place. */
function find(last: Line, block: string, at: number): Line | undefined {
  const { next } = last;
  for (let i = 0; i < next.length; i++) {
    const line = next[i] as Line;
    // Cut out and compared: `startsWith` is as fast on Bun, and takes four times as long on Node.
    if (block.slice(at, at + line.text.length) === line.text) return line;
    const valueAt = at + line.start.length;
    if (block.slice(at, valueAt) !== line.start) continue;
    const end = block.indexOf('\r\n', valueAt);
    if (end < 0 || !valueForm.test(block.slice(valueAt, end))) return undefined;
    line.text = block.slice(at, end + 2);
    line.value = trimmed(block, valueAt, end);
    return line;
  }
  return undefined;
}

function namesOf(last: Line): FieldNames {
  const names: string[] = [];
  for (let line = last; line.before !== undefined; line = line.before) names.unshift(line.name);
  const positions = new Map(names.map((name, position) => [name, position]));
  return { positions, areFraming: framingNames.some((name) => positions.has(name)) };
}
