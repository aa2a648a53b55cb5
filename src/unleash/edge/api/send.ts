import { compressionThresholdBytes } from '../../../http/compression.ts';
import { isNotModified } from '../../../http/conditional.ts';
import { getReply, passingReply } from '../../../http/entity-reply.ts';
import type { HttpReply, HttpRequest } from '../../../http/types.ts';
import type { Answer } from './answers.ts';
import { EdgeEntity, jsonType, PassingEntity, type Tagger } from './entity.ts';

/**
 * Turns an answer into a reply. Bodies of GET get an entity tag whatever their status, and a client that sends it back
 * gets 304 with the tag. Weak and strong tags are the same here, and lists are read (specification 10.1; 27, 6 and 16).
 *
 * @param headers what cross-origin rules add
 */
export function sendAnswer(
  request: HttpRequest,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
  tagger: Tagger,
): HttpReply {
  const { status, body } = answer;
  if (body === undefined || body === '') {
    return { status, headers: { ...headers, ...answer.headers, 'Content-Length': '0' }, body: null };
  }
  const entity = typeof body === 'string' ? new EdgeEntity(body, tagger, answer.contentType ?? jsonType) : body;
  const { method } = request;
  if (method === 'GET' && status === 200 && answer.headers === undefined) {
    return entity instanceof PassingEntity
      ? passingReply(request, headers, entity, false, entity.memory)
      : getReply(request, headers, entity, false);
  }
  const sent: Record<string, string> = { ...headers, ...answer.headers };
  if (method === 'GET' || method === 'HEAD') {
    sent.ETag ??= entity.etag;
    const etag = sent.ETag;
    const condition = request.header('if-none-match');
    if (condition !== undefined && isNotModified(condition, undefined, () => etag)) {
      return { status: 304, headers: sent, body: null };
    }
  }
  sent['Content-Type'] = entity.contentType;
  sent.Vary = sent.Vary === undefined ? 'Accept-Encoding' : `${sent.Vary}, Accept-Encoding`;
  const { bytes } = entity;
  if (method === 'HEAD') {
    sent['Content-Length'] = String(bytes.length);
    return { status, headers: sent, body: null };
  }
  if (bytes.length >= compressionThresholdBytes) {
    const coding = entity.codingFor(request.header('accept-encoding'));
    if (coding !== undefined) {
      sent['Content-Encoding'] = coding;
      return { status, headers: sent, body: entity.encoded(coding) };
    }
  }
  return { status, headers: sent, body: bytes };
}
