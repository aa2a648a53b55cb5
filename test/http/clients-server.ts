/** A server with everything that clients ask of one: bodies both ways, compressed and streamed ones, answers that are late. */
import { compressBytes, negotiateCoding } from '../../src/http/compression.ts';
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import { KeptReply } from '../../src/http/kept-reply.ts';
import { BodyTooLargeError, type HttpHandler, type HttpReply } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

/** Largest upload. */
export const uploadLimitBytes = 1_000_000;
/** What `/text` answers. */
export const text = 'All work and no play makes Jack a dull boy.\n'.repeat(2_000);
/** What `/stream` answers, piece by piece. */
export const pieces: readonly string[] = Array.from({ length: 50 }, (_, i) => `piece ${i}\n`);

const etag = '"1"';
const kept = new KeptReply({ status: 200, headers: { 'Content-Type': 'text/plain', ETag: etag }, body: text });
const plain = (status: number, body: string): HttpReply => ({
  status,
  headers: { 'Content-Type': 'text/plain' },
  body,
});

const handler: HttpHandler = (request) => {
  switch (request.path) {
    case '/text': {
      if (request.header('if-none-match') === etag) return { status: 304, headers: { ETag: etag }, body: null };
      const coding = negotiateCoding(request.header('accept-encoding'));
      if (coding === undefined) return kept;
      return {
        status: 200,
        headers: { 'Content-Type': 'text/plain', 'Content-Encoding': coding, Vary: 'Accept-Encoding' },
        body: compressBytes(Buffer.from(text), coding),
      };
    }
    case '/stream':
      return {
        status: 200,
        headers: { 'Content-Type': 'text/plain' },
        body: null,
        stream: {
          async opened(sink) {
            for (const piece of pieces) {
              sink.write(Buffer.from(piece));
              await new Promise((resolve) => setImmediate(resolve));
            }
            sink.end();
          },
          drained: () => undefined,
          closed: () => undefined,
        },
      };
    case '/endless':
      return {
        status: 200,
        headers: { 'Content-Type': 'text/plain' },
        body: null,
        stream: {
          opened: (sink) => void sink.write(Buffer.from('first\n')),
          drained: () => undefined,
          closed: () => undefined,
        },
      };
    case '/upload':
      return request.readBody(uploadLimitBytes).then(
        (body) => plain(200, `${request.method} ${body.length} ${body.at(-1) ?? ''}`),
        (error) => {
          if (error instanceof BodyTooLargeError) return plain(413, 'too large');
          throw error;
        },
      );
    case '/unread':
      return plain(403, 'not read');
    case '/late':
      return new Promise((resolve) => setTimeout(resolve, 20, plain(200, 'late')));
    case '/nothing':
      return { status: 204, headers: {}, body: null };
    default:
      return plain(200, `${request.method} ${request.path}?${request.query}`);
  }
};

export const startClientsServer = (listen: Listen): Promise<Listening> =>
  listen(handler, { port: 0, host: '127.0.0.1' });

await serveIfAsked(import.meta.url, startClientsServer);
