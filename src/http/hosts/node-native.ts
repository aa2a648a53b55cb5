import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WireRequest } from '../wire/wire-request.ts';

const spaceAround = /^[\t ]+|[\t ]+$/g;

/** The request as an extension knows it from Node: a message with everything but its body, which Halyard reads. */
export function nodeNative(request: WireRequest, socket: Socket): IncomingMessage {
  const message = new IncomingMessage(socket);
  const { isHttp10, fields, block } = request.head;
  message.method = request.method;
  message.url = request.target;
  message.httpVersion = isHttp10 ? '1.0' : '1.1';
  message.httpVersionMajor = 1;
  message.httpVersionMinor = isHttp10 ? 0 : 1;
  message.headers = Object.assign(Object.create(null), Object.fromEntries(fields.values));
  message.rawHeaders = rawHeaders(block);
  message.headersDistinct = distinct(message.rawHeaders);
  message.complete = true;
  message.push(null);
  return message;
}

/** Names and values in turns, as they were sent. */
function rawHeaders(block: string): string[] {
  const raw: string[] = [];
  for (const line of block.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) raw.push(line.slice(0, colon), line.slice(colon + 1).replace(spaceAround, ''));
  }
  return raw;
}

/** All values of each name. */
function distinct(raw: readonly string[]): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    values[name] ??= [];
    values[name].push(raw[i + 1] as string);
  }
  return values;
}
