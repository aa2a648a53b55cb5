import { gunzipSync, inflateSync } from 'node:zlib';
import { BodyTooLargeError, type HttpRequest, RequestAbortedError } from './types.ts';

/** A body that was read, or the reason it cannot be used. */
export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly status: 400 | 413 | 415;
      readonly kind: 'syntax' | 'fault';
      readonly message: string;
    };

/** Undoes content codings, by name in lower case; `*` is for those that nobody knows. Throws for bytes that are none, or more than the options allow. */
export type ContentCodings = ReadonlyMap<
  string,
  (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
>;

/** How a body is read apart from the usual. */
export interface JsonBodyOptions {
  /** Content codings that are understood besides gzip and deflate. */
  readonly codings?: ContentCodings;
  /** UTF-8 is read whatever the content type says about the charset. */
  readonly ignoresCharset?: boolean;
}

const noCodings: ContentCodings = new Map();
const utf8 = new TextDecoder();

/** True when the request says that a body follows. A length of 0 counts. */
export function announcesBody(request: HttpRequest): boolean {
  if (request.header('transfer-encoding') !== undefined) return true;
  const length = request.header('content-length');
  return length !== undefined && !Number.isNaN(Number(length));
}

/** The media type of a request in lower case, without parameters; undefined when none or an empty one is sent. */
export function mediaType(request: HttpRequest): string | undefined {
  const type = request.header('content-type');
  // what nearly everybody sends, without taking it apart
  if (type === 'application/json') return type;
  return type ? (type.split(';', 1)[0] ?? '').trim().toLowerCase() : undefined;
}

/**
 * Reads a JSON body: `gzip`, `deflate` and plain, UTF-8 and UTF-16, objects and arrays only. No body at all is `{}`.
 *
 * @param limitBytes largest body accepted, before and after inflating
 * @returns a promise only where the body is to be waited for
 */
export function readJsonBody(
  request: HttpRequest,
  limitBytes: number,
  { codings = noCodings, ignoresCharset = false }: JsonBodyOptions = {},
): JsonBody | Promise<JsonBody> {
  if (!announcesBody(request)) return { ok: true, value: {} };
  const charset = ignoresCharset ? 'utf-8' : charsetOf(request.header('content-type'));
  const decoder = createDecoder(charset);
  if (decoder === undefined) {
    return { ok: false, status: 415, kind: 'fault', message: `unsupported charset "${charset.toUpperCase()}"` };
  }
  const use = (sent: Uint8Array): JsonBody => {
    let bytes: Uint8Array;
    try {
      bytes = inflate(sent, request.header('content-encoding'), limitBytes, codings);
    } catch (error) {
      return bodyFault(error);
    }
    return bytes.length === 0 ? { ok: true, value: {} } : parse(decoder.decode(bytes));
  };
  const arrived = request.arrivedBody?.(limitBytes);
  if (arrived !== undefined) return use(arrived);
  return request.readBody(limitBytes).then(use, (error: unknown) => {
    if (error instanceof RequestAbortedError) throw error;
    return bodyFault(error);
  });
}

function parse(text: string): JsonBody {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ok: true, value };
    const shown = JSON.stringify(value).slice(0, 20);
    return { ok: false, status: 400, kind: 'syntax', message: `Unexpected ${shown}: an object or array is needed` };
  } catch (error) {
    return { ok: false, status: 400, kind: 'syntax', message: error instanceof Error ? error.message : String(error) };
  }
}

class UnsupportedCodingError extends Error {}

function inflate(
  bytes: Uint8Array,
  coding: string | undefined,
  limitBytes: number,
  codings: ContentCodings,
): Uint8Array {
  const options = { maxOutputLength: limitBytes };
  const name = (coding || 'identity').toLowerCase();
  switch (name) {
    case 'identity':
      return bytes;
    case 'gzip':
      return bytes.length === 0 ? bytes : gunzipSync(bytes, options);
    case 'deflate':
      return bytes.length === 0 ? bytes : inflateSync(bytes, options);
    default: {
      const decode = codings.get(name) ?? codings.get('*');
      if (decode !== undefined) return bytes.length === 0 ? bytes : decode(bytes, options);
      throw new UnsupportedCodingError(`unsupported content encoding "${coding}"`);
    }
  }
}

function bodyFault(error: unknown): JsonBody {
  if (error instanceof UnsupportedCodingError) {
    return { ok: false, status: 415, kind: 'fault', message: error.message };
  }
  const code = (error as { code?: unknown }).code;
  if (error instanceof BodyTooLargeError || code === 'ERR_BUFFER_TOO_LARGE') {
    return { ok: false, status: 413, kind: 'fault', message: new BodyTooLargeError().message };
  }
  return { ok: false, status: 400, kind: 'fault', message: error instanceof Error ? error.message : String(error) };
}

function charsetOf(contentType: string | undefined): string {
  if (contentType === 'application/json') return 'utf-8';
  const match = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? '');
  return (match?.[1] ?? 'utf-8').toLowerCase();
}

/** Only UTF charsets: JSON in any other one is a mistake of the sender. */
function createDecoder(charset: string): TextDecoder | undefined {
  if (charset === 'utf-8') return utf8;
  if (!charset.startsWith('utf-')) return undefined;
  try {
    return new TextDecoder(charset as 'utf-8');
  } catch {
    return undefined;
  }
}
