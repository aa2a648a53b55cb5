import { BodyTooLargeError, type HttpReply, type HttpRequest } from '../../src/http/types.ts';

/** A request for tests in memory. `headers` in lower case. */
export function request(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array = '',
): HttpRequest {
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return {
    method,
    target: url,
    path,
    query,
    header: (name) => headers[name],
    peerAddress: () => '127.0.0.1',
    readBody: (limit) => (bytes.length > limit ? Promise.reject(new BodyTooLargeError()) : Promise.resolve(bytes)),
    native: null,
  };
}

/** The body of a reply as text. */
export function textOf({ body }: HttpReply): string {
  return body === null ? '' : typeof body === 'string' ? body : new TextDecoder().decode(body);
}
