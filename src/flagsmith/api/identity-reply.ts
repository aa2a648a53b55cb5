import type { ReplyMemory } from '../../http/loaned-reply.ts';
import { type FlagPieces, flagsLength, writeFlags } from '../environment/write-flags.ts';
import type { Decision } from './repeated/packed-decisions.ts';

/** Stands between an identity and its flags. */
const flagsMember = ',"flags":';
const closeBrace = 0x7d;

/** What comes before the flags in a reply: the identity as it is echoed, `echo` being the inside of its list of traits. */
export function identityHead(identifier: string, echo: string): Buffer {
  return Buffer.from(`{"identifier":${JSON.stringify(identifier)},"traits":[${echo}]${flagsMember}`);
}

/** Whether a body, with its last brace taken away, begins the reply to it: most SDKs send what is echoed. */
export function isBodyHead(head: Buffer, body: Uint8Array): boolean {
  const shared = body.length - 1;
  return shared > 0 && head.length === shared + flagsMember.length && head.compare(body, 0, shared, 0, shared) === 0;
}

/** A reply whose head was just made. */
export function replyWithHead(head: Buffer, pieces: FlagPieces, memory: ReplyMemory): Uint8Array {
  const bytes = memory.take(head.length + flagsLength(pieces) + 1);
  bytes.set(head);
  bytes[writeFlags(pieces, bytes, head.length)] = closeBrace;
  return bytes;
}

/** The reply to a request that came before. `body` is that of the request, empty where it has none. */
export function replyAgain(
  { head, pieces, flagsBytes }: Pick<Decision, 'head' | 'pieces' | 'flagsBytes'>,
  body: Uint8Array,
  memory: ReplyMemory,
): Uint8Array {
  const headLength = head === null ? body.length - 1 + flagsMember.length : head.length;
  const bytes = memory.take(headLength + flagsBytes + 1);
  if (head === null) {
    bytes.set(body);
    bytes.write(flagsMember, body.length - 1, 'latin1');
  } else bytes.set(head);
  bytes[writeFlags(pieces, bytes, headLength)] = closeBrace;
  return bytes;
}
