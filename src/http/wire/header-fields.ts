/** Values of fields by lower-case name. */
export interface FieldValues extends Iterable<[string, string]> {
  get(name: string): string | undefined;
}

/**
 * The header fields of one request, by lower-case name. Repeated fields are joined as Node joins them: of those that may be
 * there once only, the first counts.
 *
 * Source: RFC 9110 section 5, RFC 9112 section 5.
 */
export interface HeaderFields {
  readonly values: FieldValues;
  /** The announced length of the body in bytes; undefined where none is announced. */
  readonly contentLength: number | undefined;
  readonly isChunked: boolean;
  /** Whether the client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
  /** What `Connection` says about it; undefined where it says nothing. */
  readonly keepsAlive: boolean | undefined;
}

/** Fields that cannot be answered, and the status that says so. */
export type HeaderFault = 400 | 417 | 501;

/** A name, a colon right behind it, a value without control characters, and both characters at the end of each line. */
const wellFormed = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;
const onlyDigits = /^\d{1,15}$/;
const spaceAround = /^[\t ]+|[\t ]+$/g;

/** Of these the first counts; all others are lists, whose parts may come as fields of their own. */
const singular = new Set([
  'age',
  'authorization',
  'content-type',
  'etag',
  'expires',
  'from',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/**
 * Reads header fields.
 *
 * Strict where two readers could understand different things, which is what smuggling of requests lives on: folded lines,
 * spaces before colons, single line feeds, and lengths that come twice or along with chunks are refused.
 *
 * @param block all lines, each with its end, and the empty one behind them
 */
export function readHeaderFields(block: string): HeaderFields | HeaderFault {
  if (!wellFormed.test(block)) return 400;
  const values = new Map<string, string>();
  for (let start = 0; start < block.length - 2; ) {
    const colon = block.indexOf(':', start);
    const end = block.indexOf('\r\n', colon);
    const name = block.slice(start, colon).toLowerCase();
    const value = trimmed(block, colon + 1, end);
    start = end + 2;
    const before = values.get(name);
    if (before === undefined) values.set(name, value);
    else if (name === 'host' || name === 'content-length') return 400;
    else if (!singular.has(name)) values.set(name, `${before}${name === 'cookie' ? '; ' : ', '}${value}`);
  }
  return framing(values);
}

/** What fields say about the body and the connection, or why it cannot be. */
export function framing(values: FieldValues): HeaderFields | HeaderFault {
  const length = values.get('content-length');
  if (length !== undefined && !onlyDigits.test(length)) return 400;
  const coding = values.get('transfer-encoding')?.toLowerCase();
  if (coding !== undefined && length !== undefined) return 400;
  if (coding !== undefined && coding !== 'chunked') return 501;
  const expectation = values.get('expect')?.toLowerCase();
  if (expectation !== undefined && expectation !== '100-continue') return 417;
  return {
    values,
    contentLength: length === undefined ? undefined : Number(length),
    isChunked: coding !== undefined,
    expectsContinue: expectation !== undefined,
    keepsAlive: keepsAlive(values.get('connection')?.toLowerCase()),
  };
}

function keepsAlive(connection: string | undefined): boolean | undefined {
  if (connection === undefined) return undefined;
  if (connection === 'keep-alive') return true;
  const options = connection.split(',').map((option) => option.replace(spaceAround, ''));
  if (options.includes('close')) return false;
  return options.includes('keep-alive') ? true : undefined;
}

/** The part of a text without the spaces around it. */
export function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (from < to && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
