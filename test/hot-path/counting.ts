import { vi } from 'vitest';
import { testRequest } from '../../src/http/testing.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../src/http/types.ts';

/** What one request was seen to do. */
export interface Counted {
  readonly reply: HttpReply;
  /** Headers that were looked at, in order. */
  readonly headersRead: readonly string[];
  /** How often path and query were asked for. */
  readonly cuts: number;
  readonly addressesRead: number;
  readonly stringified: number;
  readonly promises: number;
}

/** Sends one GET and counts what it costs. Throws when the answer was not there at once. */
export function countedGet(handler: HttpHandler, url: string, headers: Readonly<Record<string, string>>): Counted {
  const headersRead: string[] = [];
  let addressesRead = 0;
  let cuts = 0;
  const plain = testRequest({ url, headers });
  const request: HttpRequest = {
    ...plain,
    get path() {
      cuts++;
      return plain.path;
    },
    get query() {
      cuts++;
      return plain.query;
    },
    header: (name) => {
      headersRead.push(name);
      return plain.header(name);
    },
    peerAddress: () => {
      addressesRead++;
      return plain.peerAddress();
    },
  };
  const stringify = vi.spyOn(JSON, 'stringify');
  const NativePromise = globalThis.Promise;
  let promises = 0;
  globalThis.Promise = class<T> extends NativePromise<T> {
    constructor(...args: ConstructorParameters<typeof NativePromise<T>>) {
      promises++;
      super(...args);
    }
  } as PromiseConstructor;
  let reply: HttpReply | Promise<HttpReply>;
  try {
    reply = handler(request);
  } finally {
    globalThis.Promise = NativePromise;
  }
  const stringified = stringify.mock.calls.length;
  stringify.mockRestore();
  if (reply instanceof Promise) throw new Error('the answer was not there at once');
  return { reply, headersRead, cuts, addressesRead, stringified, promises };
}

/** The bytes of a reply's own headers on the wire: names, values and what is between them. */
export function headerBytes({ headers }: HttpReply): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}: ${value}\r\n`), 0);
}
