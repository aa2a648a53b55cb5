import { isRecord } from '../definitions/is-record.ts';
import { parseToken } from './parse.ts';
import type { EdgeToken, TokenStatus, TokenType } from './types.ts';

const types = new Map<string, TokenType>([
  ['frontend', 'frontend'],
  ['client', 'client'],
  ['backend', 'client'],
  ['admin', 'admin'],
  ['invalid', 'invalid'],
]);
const statuses: ReadonlySet<unknown> = new Set<TokenStatus>(['Invalid', 'Unknown', 'Validated', 'Trusted']);

/** A type as Unleash, Edge and stored files spell it; undefined for a spelling that nobody knows. */
export function readTokenType(value: unknown): TokenType | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  return value === lower || value === value.toUpperCase() ? types.get(lower) : undefined;
}

/**
 * Reads one token object. A missing status means Validated, a missing environment or list of projects is taken from
 * the token's text, and an unknown type counts as `invalid`: it must not make a whole answer unreadable, as it did
 * when Unleash renamed `client` to `backend`.
 *
 * Source: Unleash Edge specification 5.2, 14.2.
 *
 * @returns undefined for what is no token object
 */
export function readToken(value: unknown): EdgeToken | undefined {
  if (!isRecord(value) || typeof value.token !== 'string') return undefined;
  const parsed = parseToken(value.token);
  const projects = Array.isArray(value.projects)
    ? value.projects.filter((project): project is string => typeof project === 'string')
    : (parsed?.projects ?? []);
  return {
    token: value.token,
    type: readTokenType(value.type) ?? (value.type === null || value.type === undefined ? null : 'invalid'),
    environment: typeof value.environment === 'string' ? value.environment : (parsed?.environment ?? null),
    projects,
    status: statuses.has(value.status) ? (value.status as TokenStatus) : 'Validated',
  };
}
