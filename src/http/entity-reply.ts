import { compressionThresholdBytes } from './compression.ts';
import { isNotModified } from './conditional.ts';
import type { Entity, ReplyForm } from './entity.ts';
import { LoanedReply, type ReplyMemory } from './loaned-reply.ts';
import type { HttpReply, HttpRequest } from './types.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Sends an entity: 304 where the client's copy is still good (GET and HEAD, 200 only), without a body for HEAD, and
 * compressed where client and size allow.
 *
 * @param headers what else to send; `Vary` in it is kept and `Accept-Encoding` added to it. Where it is the same object
 * again, replies are not put together again
 */
export function entityReply(request: HttpRequest, status: number, headers: Headers, entity: Entity): HttpReply {
  const { method } = request;
  if (method === 'GET' && status === 200) return getReply(request, headers, entity, true);
  if (method === 'HEAD') {
    if (status === 200 && chooseForm(request, entity, true) === 'unchanged')
      return replyIn('unchanged', headers, entity);
    const { headers: sent } = replyIn('plain', headers, entity);
    return { status, headers: { ...sent, 'Content-Length': String(entity.bytes.length) }, body: null };
  }
  return { ...replyIn(codingFor(request, entity), headers, entity), status };
}

/**
 * The answer to a GET, 200 or 304. Kept with the entity: putting one together took 1.5 µs on Bun, more than
 * everything else that a small reply costs.
 *
 * @param heedsNoCache whether `Cache-Control: no-cache` of the client asks for the body regardless
 */
export function getReply(request: HttpRequest, headers: Headers, entity: Entity, heedsNoCache: boolean): HttpReply {
  const form = chooseForm(request, entity, heedsNoCache);
  return entity.kept(form, headers) ?? entity.keep(form, headers, replyIn(form, headers, entity));
}

/**
 * The same for an entity of this request only, whose bytes are on loan: they are given back once they are sent, or at
 * once where something else is sent.
 *
 * @param memory what the bytes were taken from
 */
export function passingReply(
  request: HttpRequest,
  headers: Headers,
  entity: Entity,
  heedsNoCache: boolean,
  memory: ReplyMemory,
): HttpReply {
  const form = chooseForm(request, entity, heedsNoCache);
  const reply = replyIn(form, headers, entity);
  if (form === 'plain') return new LoanedReply(reply.status, reply.headers, entity.bytes, memory);
  memory.giveBack(entity.bytes);
  return reply;
}

function chooseForm(request: HttpRequest, entity: Entity, heedsNoCache: boolean): ReplyForm {
  const condition = request.header('if-none-match');
  if (condition !== undefined) {
    const cacheControl = heedsNoCache ? request.header('cache-control') : undefined;
    if (isNotModified(condition, cacheControl, () => entity.etag)) return 'unchanged';
  }
  return codingFor(request, entity);
}

function codingFor(request: HttpRequest, entity: Entity): Exclude<ReplyForm, 'unchanged'> {
  if (entity.bytes.length < compressionThresholdBytes) return 'plain';
  return entity.codingFor(request.header('accept-encoding')) ?? 'plain';
}

function replyIn(form: ReplyForm, headers: Headers, entity: Entity): HttpReply {
  if (form === 'unchanged') return { status: 304, headers: { ...headers, ETag: entity.etag }, body: null };
  const sent: Record<string, string> = {
    ...headers,
    'Content-Type': entity.contentType,
    ETag: entity.etag,
    Vary: varyOf(headers),
  };
  if (form === 'plain') return { status: 200, headers: sent, body: entity.bytes };
  sent['Content-Encoding'] = form;
  return { status: 200, headers: sent, body: entity.encoded(form) };
}

function varyOf({ Vary: given }: Headers): string {
  if (given === undefined) return 'Accept-Encoding';
  return given.includes('Accept-Encoding') ? given : `${given}, Accept-Encoding`;
}
