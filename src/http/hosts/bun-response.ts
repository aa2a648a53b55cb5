import { KeptReply, longestCopiedBytes } from '../kept-reply.ts';
import { LoanedReply } from '../loaned-reply.ts';
import type { HttpReply } from '../types.ts';
import { toResponse } from './fetch-request.ts';

/**
 * Turns a reply into Bun's own kind. What is sent again and again is sent as a copy of one response: copies share body
 * and texts of headers, which saves 0.6 of the 7 µs of a small reply, and 1.5 of the 10 µs of one of 26 kB.
 */
export function toBunResponse(reply: HttpReply): Response {
  if (reply instanceof LoanedReply) {
    // a response holds a copy of bytes, as the Fetch standard has it
    const response = toResponse(reply);
    reply.release();
    return response;
  }
  if (!(reply instanceof KeptReply)) return toResponse(reply);
  const form = reply.hostForm(toForm);
  return form === undefined ? toResponse(reply) : (form.clone() as Response);
}

function toForm(reply: HttpReply): Response | undefined {
  return (reply.body?.length ?? 0) > longestCopiedBytes ? undefined : toResponse(reply);
}
