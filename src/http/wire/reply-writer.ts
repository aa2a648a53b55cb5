import { KeptReply, longestCopiedBytes } from '../kept-reply.ts';
import { LoanedReply } from '../loaned-reply.ts';
import type { HttpReply } from '../types.ts';
import { currentDate, dated, dateLength, headEnd, headText, isBodiless } from './reply-head.ts';
import type { Wire } from './wire.ts';

/** Replies up to this size are put together in one place, and so are sent in one go. */
const scratchBytes = 64 * 1024;
const nothing = Buffer.alloc(0);
let scratch = Buffer.allocUnsafeSlow(scratchBytes);

/** What a reply is sent as, that is sent again and again: all of its bytes, in which only the date changes. */
interface KeptBytes {
  bytes: Buffer;
  /** Whether some of them may not be with the system yet: what waits must not change. */
  isInUse: boolean;
  /** How many of them are the head. */
  headLength: number;
  /** Of the date in them. */
  second: number;
}

/**
 * Sends a reply.
 *
 * @param withoutBody for HEAD
 * @param connection what is to be said about the connection, as a header line behind its line break; mostly nothing
 * @returns false where the client is behind. What is on loan then has to be released once it is not
 * @throws TypeError where a header cannot be sent; nothing was sent then
 */
export function sendReply(wire: Wire, reply: HttpReply, withoutBody: boolean, connection: string): boolean {
  // Of HEAD without a body the length is not known, while that of others is 0.
  const isKept = connection === '' && reply instanceof KeptReply && !(withoutBody && reply.body === null);
  const form = isKept ? reply.hostForm(toForm) : undefined;
  if (form !== undefined) return sendKept(wire, form, withoutBody);
  const { body } = reply;
  const length = body === null ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const head = `${dated(headText(reply) + lengthHeader(reply, length, withoutBody) + connection)}${headEnd}`;
  const sentLength = withoutBody || isBodiless(reply.status) ? 0 : length;
  const total = head.length + sentLength;
  const isLoaned = reply instanceof LoanedReply;
  if (total > scratchBytes && typeof body !== 'string' && sentLength > 0) {
    wire.send(Buffer.from(head, 'latin1'));
    const isTaken = wire.send(body as Uint8Array);
    if (isTaken && isLoaned) reply.release();
    return isTaken;
  }
  const place = total > scratchBytes ? Buffer.allocUnsafeSlow(total) : scratch;
  place.write(head, 'latin1');
  if (sentLength > 0) {
    if (typeof body === 'string') place.write(body, head.length);
    else place.set(body as Uint8Array, head.length);
  }
  if (isLoaned) reply.release();
  if (wire.send(place.subarray(0, total))) return true;
  if (place === scratch) scratch = Buffer.allocUnsafeSlow(scratchBytes);
  return false;
}

/** Status line and headers with the date, and the end of them. */
export function wholeHead(reply: HttpReply, more: string): Buffer {
  return Buffer.from(`${dated(headText(reply) + more)}${headEnd}`, 'latin1');
}

function sendKept(wire: Wire, form: KeptBytes, withoutBody: boolean): boolean {
  const date = currentDate();
  if (date.second !== form.second) {
    if (form.isInUse) form.bytes = Buffer.from(form.bytes);
    form.isInUse = false;
    form.bytes.write(date.text, form.headLength - headEnd.length - dateLength, 'latin1');
    form.second = date.second;
  }
  const isTaken = wire.send(withoutBody ? form.bytes.subarray(0, form.headLength) : form.bytes);
  if (!isTaken) form.isInUse = true;
  return isTaken;
}

/** Long bytes go out as they are, behind a head of their own: a copy of them would be held for nothing. */
function toForm(reply: HttpReply): KeptBytes | undefined {
  const { status, body } = reply;
  const longest = typeof body === 'string' ? longestCopiedBytes : scratchBytes;
  if ((body?.length ?? 0) > longest) return undefined;
  const bodyBytes = body === null || isBodiless(status) ? nothing : Buffer.from(body as string);
  const head = wholeHead(reply, lengthHeader(reply, bodyBytes.length, false));
  const bytes = Buffer.concat([head, bodyBytes]);
  return { bytes, isInUse: false, headLength: head.length, second: currentDate().second };
}

function lengthHeader({ status, headers, body }: HttpReply, length: number, isHead: boolean): string {
  if (isBodiless(status) || headers['Content-Length'] !== undefined) return '';
  return isHead && body === null ? '' : `\r\nContent-Length: ${length}`;
}
