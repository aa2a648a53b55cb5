import { brotliDecompressSync } from 'node:zlib';
import {
  type ContentCodings,
  type JsonBody,
  type JsonBodyOptions,
  mediaType,
  readJsonBody,
} from '../../../http/json-body.ts';
import type { HttpRequest } from '../../../http/types.ts';
import { type Answer, badBody } from './answers.ts';

/** A body that was read, or the answer to the client. */
export type EdgeBody = { readonly value: unknown; readonly refusal?: undefined } | { readonly refusal: Answer };

type Decode = ContentCodings extends ReadonlyMap<string, infer Each> ? Each : never;

const codings: ContentCodings = new Map<string, Decode>([
  ['br', brotliDecompressSync],
  // The original takes a coding that it does not know for none.
  ['*', (bytes: Uint8Array) => bytes],
]);

/** The original reads UTF-8, whatever charset is named: some HTTP clients name one of their own for any text. */
const reading: JsonBodyOptions = { codings, ignoresCharset: true };

/**
 * Reads a JSON body the way Edge does: it has to be announced as JSON, and there has to be one.
 *
 * Source: Unleash Edge specification 4.2, 4.7.
 *
 * @param limitBytes largest body accepted, before and after inflating
 * @returns a promise only where the body is to be waited for
 */
export function readEdgeBody(request: HttpRequest, limitBytes: number): EdgeBody | Promise<EdgeBody> {
  const type = mediaType(request);
  if (type === undefined || !(type === 'application/json' || type.endsWith('+json'))) {
    return { refusal: badBody('Content type error') };
  }
  if (request.header('content-length') === '0') return { refusal: badBody('Json deserialize error: no body') };
  const body = readJsonBody(request, limitBytes, reading);
  return body instanceof Promise ? body.then(toEdgeBody) : toEdgeBody(body);
}

function toEdgeBody(body: JsonBody): EdgeBody {
  if (!body.ok) return { refusal: badBody(body.message, body.status === 413 ? 413 : 400) };
  return { value: body.value };
}
