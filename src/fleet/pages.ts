import { type HttpHandler, type HttpReply, type HttpRequest, RequestAbortedError } from '../http/types.ts';
import type { Link } from './link.ts';

/** A request for a page that tells about the whole group, on its way to another process. */
export interface PageQuestion {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly peerAddress: string | undefined;
  readonly body: Uint8Array;
}

/** Its answer. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | null;
}

/** What such pages may look at. Not what asks for compression or for a 304: the answer may still be added to. */
const passedHeaders = [
  'accept',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-type',
  'cookie',
  'host',
  'origin',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-proto',
];
const bodyLimitBytes = 1024 * 1024;

/**
 * True for paths whose answers have to be the same whichever worker is asked: pages for operators of Unleash, figures
 * of Flagsmith, Halyard's own tools; each below any base path. Every request is looked at, so nothing but texts is.
 */
export function isGroupPage(path: string): boolean {
  if (path.includes('/internal-backstage/') || path.endsWith('/proxy/metrics')) return true;
  const isTool = path.includes('/halyard/') || path.endsWith('/halyard');
  // There it is the name of a flag, or of whatever else an API has.
  return isTool && !path.includes('/api/') && !path.includes('/proxy/') && !path.includes('/ofrep/');
}

/** True for the address that the status page gets its figures from. */
export function isStatus(path: string): boolean {
  return path.endsWith('/halyard/status');
}

/** Lets the primary answer a request. */
export async function askPrimary(primary: Link, request: HttpRequest): Promise<HttpReply> {
  const headers = Object.fromEntries(
    passedHeaders.flatMap((name) => {
      const value = request.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const { method, path, query } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
  const body = hasBody ? await request.readBody(bodyLimitBytes) : new Uint8Array();
  const question: PageQuestion = { method, path, query, headers, peerAddress: request.peerAddress(), body };
  return (await primary.ask('page', question)) as PageAnswer;
}

/** Answers a request that another process got. Streams stay in the process where they were opened. */
export async function answerPage(handler: HttpHandler, question: PageQuestion): Promise<PageAnswer> {
  const { status, headers, body, stream } = await handler(new PassedRequest(question));
  stream?.closed();
  return { status, headers, body };
}

class PassedRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly native = undefined;
  readonly #question: PageQuestion;

  constructor(question: PageQuestion) {
    this.method = question.method;
    this.target = `${question.path}?${question.query}`;
    this.path = question.path;
    this.query = question.query;
    this.#question = question;
  }

  header(name: string): string | undefined {
    const { length } = this.#question.body;
    if (name === 'content-length') return length === 0 ? undefined : String(length);
    return Object.hasOwn(this.#question.headers, name) ? this.#question.headers[name] : undefined;
  }

  peerAddress(): string | undefined {
    return this.#question.peerAddress;
  }

  readBody(): Promise<Uint8Array> {
    const { body } = this.#question;
    return body instanceof Uint8Array ? Promise.resolve(body) : Promise.reject(new RequestAbortedError());
  }
}
