import type { SendUpstream, UpstreamRequest } from '../../src/http/upstream/types.ts';

/** What a scripted upstream answers. An `Error` makes the exchange fail. */
export type Script = Error | { status: number; body?: string | Uint8Array; headers?: Record<string, string> };

/** An upstream in memory: answers by script and keeps the requests. */
export class ScriptedUpstream {
  readonly requests: UpstreamRequest[] = [];
  answer: (request: UpstreamRequest) => Script | Promise<Script>;

  constructor(answer: (request: UpstreamRequest) => Script | Promise<Script>) {
    this.answer = answer;
  }

  readonly send: SendUpstream = async (request) => {
    this.requests.push(request);
    const script = await this.answer(request);
    if (script instanceof Error) throw script;
    const { status, body = '', headers = {} } = script;
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    return { status, body: bytes, header: (name) => headers[name] };
  };

  /** Headers of the latest request. */
  get headers(): Readonly<Record<string, string>> {
    return this.requests.at(-1)?.headers ?? {};
  }
}
