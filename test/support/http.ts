/**
 * A client that sends what it is told and records what it gets: no redirects, no cookies, no default headers other than
 * `Host`, `Connection` and, with a body, `Content-Length`.
 */
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

export interface RawRequest {
  readonly method?: string;
  /** Path and query, sent as written. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** Host to connect to; 127.0.0.1 unless told. */
  readonly address?: string;
}

export interface RawResponse {
  readonly status: number;
  /** Lower-cased names; a repeated header's values joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body after undoing `Content-Encoding`. */
  readonly body: Buffer;
  readonly text: string;
  /** Bytes of the body as they came over the wire (after chunked decoding). */
  readonly wireLength: number;
}

/** Sends one request on a connection of its own. */
export function send(port: number, request: RawRequest): Promise<RawResponse> {
  const { method = 'GET', path, body, timeoutMs = 60_000, address = '127.0.0.1' } = request;
  const headers: OutgoingHttpHeaders = { ...request.headers };
  if (body !== undefined && !hasHeader(headers, 'content-length') && !hasHeader(headers, 'transfer-encoding')) {
    headers['Content-Length'] = Buffer.byteLength(body);
  }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: address, port, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        clearTimeout(timer);
        const wire = Buffer.concat(chunks);
        const recorded = joinHeaders(incoming.rawHeaders);
        try {
          const decoded = decode(wire, recorded['content-encoding']);
          const response = {
            status: incoming.statusCode ?? 0,
            headers: recorded,
            body: decoded,
            text: decoded.toString('utf8'),
            wireLength: wire.length,
          };
          // What the server logged before it answered lies in its pipe by now, and is read in this turn of the loop.
          setImmediate(resolve, response);
        } catch (error) {
          reject(error);
        }
      });
    });
    const timer = setTimeout(() => {
      outgoing.destroy(new Error(`no answer to ${method} ${path.slice(0, 80)} within ${timeoutMs} ms`));
    }, timeoutMs);
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body);
  });
}

/** Writes bytes to a fresh socket and returns everything that came back until the other side closed, or `timeoutMs`. */
export function sendBytes(port: number, bytes: string | Uint8Array, timeoutMs = 60_000): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', finish);
    socket.on('close', finish);
    socket.write(bytes);
  });
}

function hasHeader(headers: OutgoingHttpHeaders, name: string): boolean {
  return Object.keys(headers).some((key) => key.toLowerCase() === name);
}

function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function decode(wire: Buffer, encoding: string | undefined): Buffer {
  if (wire.length === 0) return wire;
  if (encoding === 'gzip') return gunzipSync(wire);
  if (encoding === 'br') return brotliDecompressSync(wire);
  if (encoding === 'deflate') return inflateSync(wire);
  return wire;
}
