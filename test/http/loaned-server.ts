/** A server that writes each body where an earlier one was. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import { LoanedReply, ReplyMemory } from '../../src/http/loaned-reply.ts';
import type { HttpReply, HttpRequest } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

/** Answers `?letter=a&count=9` with nine of them, and anything else with how much memory was taken for all so far. */
export function startLoanedServer(listen: Listen): Promise<Listening> {
  const memory = new ReplyMemory();
  const known = new Set<ArrayBufferLike>();
  const handler = ({ query }: HttpRequest): HttpReply => {
    const parameters = new URLSearchParams(query);
    const letter = parameters.get('letter');
    if (letter === null) return { status: 200, headers: {}, body: String(known.size) };
    const body = memory.take(Number(parameters.get('count'))).fill(letter);
    known.add(body.buffer);
    return new LoanedReply(200, { 'Content-Type': 'text/plain' }, body, memory);
  };
  return listen(handler, { port: 0, host: '127.0.0.1' });
}

await serveIfAsked(import.meta.url, startLoanedServer);
