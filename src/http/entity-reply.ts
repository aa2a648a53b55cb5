import { compressionThresholdBytes, negotiateCoding } from './compression.ts';
import { isNotModified } from './conditional.ts';
import type { Entity } from './entity.ts';
import type { HttpReply, HttpRequest } from './types.ts';

/**
 * Sends an entity: 304 where the client's copy is still good (GET and HEAD, 200 only), without a body for HEAD, and
 * compressed where client and size allow.
 *
 * @param headers what else to send; `Vary` in it is kept and `Accept-Encoding` added to it
 */
export function entityReply(
  request: HttpRequest,
  status: number,
  headers: Readonly<Record<string, string>>,
  entity: Entity,
): HttpReply {
  const { method } = request;
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && status === 200) {
    const condition = request.header('if-none-match');
    if (condition !== undefined && isNotModified(condition, request.header('cache-control'), () => entity.etag)) {
      return { status: 304, headers: { ...headers, ETag: entity.etag }, body: null };
    }
  }
  const { bytes } = entity;
  const sent: Record<string, string> = {
    ...headers,
    'Content-Type': entity.contentType,
    ETag: entity.etag,
    Vary: headers.Vary === undefined ? 'Accept-Encoding' : `${headers.Vary}, Accept-Encoding`,
  };
  if (method === 'HEAD') {
    sent['Content-Length'] = String(bytes.length);
    return { status, headers: sent, body: null };
  }
  if (bytes.length >= compressionThresholdBytes) {
    const coding = negotiateCoding(request.header('accept-encoding'));
    if (coding !== undefined) {
      sent['Content-Encoding'] = coding;
      return { status, headers: sent, body: entity.encoded(coding) };
    }
  }
  return { status, headers: sent, body: bytes };
}
