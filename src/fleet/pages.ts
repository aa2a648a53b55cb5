import {
  BodyTooLargeError,
  type HttpHandler,
  type HttpReply,
  type HttpRequest,
  RequestAbortedError,
} from '../http/types.ts';
import { LargeAnswer, type Link } from './link.ts';

/** A request for a page that tells about the whole group, on its way to another process. */
export interface PageQuestion {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly peerAddress: string | undefined;
  /** A number stands for a body that waits, unread, where the request arrived: see {@link PagesOfPrimary}. */
  readonly body: Uint8Array | number;
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
  'content-encoding',
  'content-length',
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
const bodyName = 'page-body';
/** Why there is no body. */
type NoBody = 'too-large' | 'aborted';

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

/** Lets the primary answer requests. It says whether and up to which size their bodies are read. */
export class PagesOfPrimary {
  readonly #primary: Link;
  readonly #waiting = new Map<number, { readonly request: HttpRequest; aborted: boolean }>();
  #lastId = 0;

  constructor(primary: Link) {
    this.#primary = primary;
    primary.onQuestion(bodyName, (asked) => {
      const { id, limitBytes } = asked as { readonly id: number; readonly limitBytes: number };
      return this.#read(id, limitBytes);
    });
  }

  /** Throws what the host takes for a client that has gone, when that is so. */
  async ask(request: HttpRequest): Promise<HttpReply> {
    const headers = Object.fromEntries(
      passedHeaders.flatMap((name) => {
        const value = request.header(name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const { method, path, query } = request;
    const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
    const id = ++this.#lastId;
    const body = hasBody ? id : new Uint8Array();
    const waiting = { request, aborted: false };
    if (hasBody) this.#waiting.set(id, waiting);
    const question: PageQuestion = { method, path, query, headers, peerAddress: request.peerAddress(), body };
    try {
      return (await this.#primary.ask('page', question)) as PageAnswer;
    } catch (error) {
      throw waiting.aborted ? new RequestAbortedError() : error;
    } finally {
      this.#waiting.delete(id);
    }
  }

  async #read(id: number, limitBytes: number): Promise<LargeAnswer | NoBody> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return 'aborted';
    try {
      return new LargeAnswer(undefined, await waiting.request.readBody(limitBytes));
    } catch (error) {
      if (error instanceof BodyTooLargeError) return 'too-large';
      waiting.aborted = true;
      return 'aborted';
    }
  }
}

/**
 * Answers a request that another process got. Streams stay in the process where they were opened.
 *
 * @param asking where a body that waits is read from
 */
export async function answerPage(handler: HttpHandler, question: PageQuestion, asking?: Link): Promise<PageAnswer> {
  const { status, headers, body, stream } = await handler(new PassedRequest(question, asking));
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

  readonly #asking: Link | undefined;

  constructor(question: PageQuestion, asking: Link | undefined) {
    this.method = question.method;
    this.target = `${question.path}?${question.query}`;
    this.path = question.path;
    this.query = question.query;
    this.#question = question;
    this.#asking = asking;
  }

  header(name: string): string | undefined {
    const { headers, body } = this.#question;
    if (name === 'content-length' && typeof body !== 'number') return body.length === 0 ? undefined : `${body.length}`;
    return Object.hasOwn(headers, name) ? headers[name] : undefined;
  }

  peerAddress(): string | undefined {
    return this.#question.peerAddress;
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    const { body } = this.#question;
    if (typeof body !== 'number') {
      if (body.length > limitBytes) throw new BodyTooLargeError();
      return body;
    }
    const read = await this.#asking?.ask(bodyName, { id: body, limitBytes });
    if (read instanceof LargeAnswer) return read.bytes;
    throw read === 'too-large' ? new BodyTooLargeError() : new RequestAbortedError();
  }
}
