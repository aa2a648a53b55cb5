import { BodyTooLargeError, type HttpRequest } from './types.ts';

/** A request for tests that need no socket. */
export interface TestRequest {
  readonly method?: string;
  /** Path and query. */
  readonly url?: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly peer?: string;
  /** Whether the body is there with the head; without it, it is to be waited for. */
  readonly isArrived?: boolean;
}

/** Builds a request; one with a body announces its length. */
export function testRequest({
  method = 'GET',
  url = '/',
  headers = {},
  body,
  peer = '127.0.0.1',
  isArrived = false,
}: TestRequest): HttpRequest {
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const sent: Record<string, string> = { ...headers };
  if (bytes !== undefined) sent['content-length'] ??= String(bytes.length);
  return {
    method,
    target: url,
    path,
    query,
    native: { headers: sent },
    header: (name) => sent[name],
    peerAddress: () => peer,
    readBody: async (limitBytes) => {
      if (bytes !== undefined && bytes.length > limitBytes) throw new BodyTooLargeError();
      return bytes ?? new Uint8Array();
    },
    arrivedBody: (limitBytes) => (isArrived && bytes !== undefined && bytes.length <= limitBytes ? bytes : undefined),
  };
}
