import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { WireRequest } from '../wire/wire-request.ts';

/** The request as an extension knows it from Node: a message with everything but its body, which Halyard reads. */
export function nodeNative(request: WireRequest): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: request.peerAddress() });
  const message = new IncomingMessage(socket);
  const { isHttp10, fields } = request.head;
  message.method = request.method;
  message.url = request.target;
  message.httpVersion = isHttp10 ? '1.0' : '1.1';
  message.httpVersionMajor = 1;
  message.httpVersionMinor = isHttp10 ? 0 : 1;
  message.headers = Object.assign(Object.create(null), Object.fromEntries(fields.values));
  message.rawHeaders = [...fields.values].flat();
  message.complete = true;
  message.push(null);
  return message;
}
