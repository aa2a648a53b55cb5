import { parseToken } from './parse.ts';
import type { EdgeToken } from './types.ts';

/** The text is no token that could be trusted. Its message does not repeat the text, which is a secret. */
export class PretrustedTokenError extends Error {
  override readonly name = 'PretrustedTokenError';
}

/**
 * Reads a token that is accepted without asking upstream: Unleash format, or `secret@environment`, where clients then
 * send the bare secret and see all projects of the environment.
 *
 * Source: Unleash Edge specification 1.2, 5.6.
 *
 * @returns what clients send, and the token it stands for
 * @throws PretrustedTokenError
 */
export function parsePretrusted(text: string): readonly [presented: string, token: EdgeToken] {
  const parsed = parseToken(text);
  if (parsed !== undefined) return [parsed.token, { ...parsed, type: 'frontend', status: 'Trusted' }];
  const [secret, environment, ...rest] = text.trim().split('@');
  if (!secret || !environment || rest.length > 0) {
    throw new PretrustedTokenError('a pretrusted token has to be in Unleash format or secret@environment');
  }
  const token = `*.${environment}:${secret}`;
  return [secret, { token, type: 'frontend', environment, projects: ['*'], status: 'Trusted' }];
}
