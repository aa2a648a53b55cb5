import { compressBytes } from '../../http/compression.ts';
import { Entity } from '../../http/entity.ts';
import { LoanedReply, type ReplyMemory } from '../../http/loaned-reply.ts';
import type { HttpReply, HttpRequest } from '../../http/types.ts';
import type { CorsRules } from './cors.ts';

/** What a route answers, before cross-origin headers and compression. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  /** An {@link Entity} keeps its compressed form for the next request. */
  readonly body: string | Uint8Array | Entity | Gzipped | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the body was taken from, where it can be given back. */
  readonly memory?: ReplyMemory;
}

/** A body that is compressed already; only for requests that accept it. */
export class Gzipped {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Bodies below this many bytes are sent as they are (spec section 2.2). */
const gzipThresholdBytes = 1000;

/** The media type of nearly all answers. */
export const jsonType = 'application/json';
const jsonOnly = { 'Content-Type': jsonType };
const gzipRefused = /(?:^|,)\s*gzip\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)/i;
const encoder = new TextEncoder();

/** A JSON answer. */
export function jsonAnswer(
  status: number,
  body: string | Uint8Array | Entity | Gzipped,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return headers === undefined
    ? { status, contentType: jsonType, body }
    : { status, contentType: jsonType, body, headers };
}

/** An answer of Flagsmith's own form, `{"status", "message"}`. */
export function messageAnswer(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, JSON.stringify({ status: code, message }));
}

/** An answer of the framework's form, `{"detail"}`. */
export function detailAnswer(status: number, detail: string, headers?: Readonly<Record<string, string>>): Answer {
  return jsonAnswer(status, JSON.stringify({ detail }), headers);
}

/** Turns an answer into the reply to send: cross-origin headers, gzip where asked for and worth it. */
export function finish(request: HttpRequest, answer: Answer, cors: CorsRules): HttpReply {
  const crossOrigin = cors.headers(request);
  const { status, body } = answer;
  const gzip = body !== null && acceptsGzip(request.header('accept-encoding'));
  // the everyday case, without anything to put together
  if (crossOrigin === null && !gzip && answer.headers === undefined && answer.contentType === jsonType) {
    return plainReply(answer, jsonOnly);
  }
  const headers: Record<string, string> = { ...crossOrigin, ...answer.headers };
  if (answer.contentType !== null) headers['Content-Type'] = answer.contentType;
  const compressed = gzip ? gzipped(body) : null;
  if (compressed === null) return plainReply(answer, headers);
  headers['Content-Encoding'] = 'gzip';
  headers.Vary = headers.Vary === undefined ? 'Accept-Encoding' : `${headers.Vary}, Accept-Encoding`;
  return { status, headers, body: compressed };
}

function plainReply({ status, body, memory }: Answer, headers: Readonly<Record<string, string>>): HttpReply {
  if (memory !== undefined && body instanceof Uint8Array) return new LoanedReply(status, headers, body, memory);
  return { status, headers, body: body instanceof Entity || body instanceof Gzipped ? body.bytes : body };
}

/** Whether an `Accept-Encoding` header names gzip and does not refuse it. */
export function acceptsGzip(header: string | undefined): boolean {
  return header?.includes('gzip') === true && !(header.includes('=') && gzipRefused.test(header));
}

function gzipped(body: string | Uint8Array | Entity | Gzipped): Uint8Array | null {
  if (body instanceof Gzipped) return body.bytes;
  if (body instanceof Entity) return body.bytes.length < gzipThresholdBytes ? null : body.encoded('gzip');
  const bytes = typeof body === 'string' ? encoder.encode(body) : body;
  return bytes.length < gzipThresholdBytes ? null : compressBytes(bytes, 'gzip');
}
