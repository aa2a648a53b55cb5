import { type SendUpstream, UpstreamError, type UpstreamResponse } from '../../http/upstream/types.ts';
import { isRecord } from '../definitions/is-record.ts';
import { readToken } from './read-token.ts';
import type { EdgeToken } from './types.ts';
import { TokenValidationError } from './validation-error.ts';

/** What asking upstream needs. */
export interface ValidationUpstream {
  readonly send: SendUpstream;
  readonly url: string;
  /** Without a token: the question is not authenticated. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly limitBytes: number;
}

/** Asks which of some tokens are valid. @throws TokenValidationError */
export type AskUpstream = (tokens: readonly string[]) => Promise<readonly EdgeToken[]>;

const decoder = new TextDecoder();

/**
 * Asks `POST /edge/validate`. What comes back counts as validated, whatever status the answer gives it.
 *
 * Source: Unleash Edge specification 14.2.
 */
export function createAskUpstream({ send, url, headers, timeoutMs, limitBytes }: ValidationUpstream): AskUpstream {
  return async (tokens) => {
    let response: UpstreamResponse;
    try {
      response = await send({
        method: 'POST',
        url,
        headers: { ...headers(), 'Content-Type': 'application/json' },
        body: JSON.stringify({ tokens }),
        timeoutMs,
        limitBytes,
      });
    } catch (error) {
      const reason = error instanceof UpstreamError ? error.message : String(error);
      throw new TokenValidationError({ kind: 'network' }, `tokens could not be validated: ${reason}`);
    }
    const { status, body } = response;
    if (status !== 200) {
      throw new TokenValidationError(
        { kind: 'status', status },
        `tokens could not be validated: ${url} said ${status}`,
      );
    }
    return readAnswer(body, url).map((token) => ({ ...token, status: 'Validated' }));
  };
}

function readAnswer(body: Uint8Array, url: string): EdgeToken[] {
  let answer: unknown;
  try {
    answer = JSON.parse(decoder.decode(body));
  } catch {
    answer = undefined;
  }
  if (!isRecord(answer) || !Array.isArray(answer.tokens)) {
    throw new TokenValidationError({ kind: 'undecodable' }, `${url} did not answer with a list of tokens`);
  }
  return answer.tokens.flatMap((token) => readToken(token) ?? []);
}
