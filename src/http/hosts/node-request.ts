import type { IncomingMessage } from 'node:http';
import { BodyTooLargeError, type HttpRequest, RequestAbortedError } from '../types.ts';

/** A Node request behind the shared interface. Headers follow Node's rules for repeated ones. */
export class NodeRequest implements HttpRequest {
  readonly native: IncomingMessage;
  readonly method: string;
  readonly target: string;
  #path: string | undefined;
  #query: string | undefined;
  #arrived: Uint8Array | undefined;

  constructor(message: IncomingMessage) {
    this.native = message;
    this.method = message.method ?? 'GET';
    this.target = message.url ?? '/';
  }

  get path(): string {
    if (this.#path === undefined) {
      const url = originForm(this.target);
      const mark = url.indexOf('?');
      this.#path = mark < 0 ? url : url.slice(0, mark);
    }
    return this.#path;
  }

  get query(): string {
    if (this.#query === undefined) {
      const url = originForm(this.target);
      const mark = url.indexOf('?');
      this.#query = mark < 0 ? '' : url.slice(mark + 1);
    }
    return this.#query;
  }

  header(name: string): string | undefined {
    const value = this.native.headers[name];
    return typeof value === 'string' ? value : value?.join(', ');
  }

  peerAddress(): string | undefined {
    return this.native.socket.remoteAddress;
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    const arrived = this.arrivedBody(limitBytes);
    return arrived === undefined ? readStream(this.native, limitBytes) : Promise.resolve(arrived);
  }

  /** Without events and their turns of the queue: 2 of the 25 µs that a bare server takes for a POST of a few bytes. */
  arrivedBody(limitBytes: number): Uint8Array | undefined {
    if (this.#arrived !== undefined) return this.#arrived.length > limitBytes ? undefined : this.#arrived;
    const { native } = this;
    const { readableLength } = native;
    if (readableLength === 0 || readableLength > limitBytes) return undefined;
    if (Number(native.headers['content-length']) !== readableLength) return undefined;
    this.#arrived = native.read() as Buffer;
    return this.#arrived;
  }
}

function readStream(message: IncomingMessage, limitBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: Error) => {
      message.off('data', take);
      // The rest flows on unread, so that the reply can be sent on this connection.
      message.resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) fail(new BodyTooLargeError());
      else chunks.push(chunk);
    };
    if (Number(message.headers['content-length'] ?? 0) > limitBytes) {
      fail(new BodyTooLargeError());
      return;
    }
    // Of a client that had gone before anybody read, nothing is heard any more.
    if (message.destroyed && !message.readableEnded) {
      fail(new RequestAbortedError());
      return;
    }
    message.on('data', take);
    message.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    message.once('error', () => fail(new RequestAbortedError()));
    message.once('aborted', () => fail(new RequestAbortedError()));
  });
}

/** `http://host/path`, which proxies may send, as the path that it names. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const authority = target.indexOf('://');
  const path = authority < 0 ? -1 : target.indexOf('/', authority + 3);
  return path < 0 ? '/' : target.slice(path);
}
