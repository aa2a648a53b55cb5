import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '../types.ts';
import { WrongAttempts } from './attempts.ts';
import { isFromThisMachine } from './loopback.ts';
import type { OperatorSettings } from './settings.ts';

/** What a tool asks for: an operator token, or being on this machine where the settings allow that. */
export type OperatorNeed = 'token' | 'token-or-loopback';

/** Why a request may not use a tool. */
export interface Refusal {
  readonly status: 401 | 403 | 404 | 429;
  /** Stable word for programs. */
  readonly error: string;
  /** What is wrong and what to do, for people. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Decides about one request: null lets it through. */
export type OperatorAccess = (request: HttpRequest, need: OperatorNeed) => Refusal | null;

/**
 * Builds the rule once. A token comes as `Authorization: Bearer …` or as the password of `Basic`, which browsers ask
 * for. Requests that a browser makes for a page of another site are refused whoever they come from.
 *
 * @param now milliseconds since any fixed moment
 */
export function createOperatorAccess(settings: OperatorSettings, now: () => number): OperatorAccess {
  const digests = settings.tokens.map(digest);
  const wrong = new WrongAttempts(now);
  const isToken = (presented: string): boolean => {
    const own = digest(presented);
    let found = false;
    for (const known of digests) found = timingSafeEqual(known, own) || found;
    return found;
  };
  return (request, need) => {
    if (isFromAnotherSite(request)) {
      return refusal(403, 'other_site', 'Operator tools cannot be used from pages of other sites.');
    }
    const loopback = need === 'token-or-loopback' && settings.access === 'loopback' && isFromThisMachine(request);
    const presented = presentedToken(request.header('authorization'));
    if (digests.length === 0) {
      if (loopback) return null;
      return need === 'token'
        ? refusal(404, 'off', 'This tool is off: it needs an operator token. Set HALYARD_OPERATOR_TOKEN and restart.')
        : refusal(
            403,
            'forbidden',
            'This is for the machine that Halyard runs on, through localhost, or with an operator token: set HALYARD_OPERATOR_TOKEN.',
          );
    }
    if (presented === undefined) return loopback ? null : missing;
    const address = request.peerAddress();
    const waitMs = wrong.waitMs(address);
    if (waitMs > 0) return tooMany(waitMs);
    if (isToken(presented)) return null;
    wrong.add(address);
    return { ...missing, message: 'The operator token is not right.' };
  };
}

/** Texts of any length compare in the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function presentedToken(header: string | undefined): string | undefined {
  const [, scheme, value = ''] = /^\s*(bearer|basic)\s+(\S+)\s*$/i.exec(header ?? '') ?? [];
  if (scheme === undefined) return header?.trim() || undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

/**
 * Opening an address is nobody's request in particular. Everything else that a browser does for a page, it says so:
 * with `Sec-Fetch-Site`, or, where that is not sent, with `Origin`.
 */
function isFromAnotherSite(request: HttpRequest): boolean {
  const site = request.header('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') {
    const opens = request.header('sec-fetch-mode') === 'navigate' && request.header('sec-fetch-dest') === 'document';
    return !opens || request.method !== 'GET';
  }
  const origin = request.header('origin');
  if (site !== undefined || origin === undefined) return false;
  const host = request.header('host')?.trim().toLowerCase();
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

const missing: Refusal = {
  status: 401,
  error: 'unauthorized',
  message: 'An operator token is needed: send it as "Authorization: Bearer <token>".',
  headers: { 'WWW-Authenticate': 'Basic realm="Halyard operators", charset="UTF-8"' },
};

function refusal(status: Refusal['status'], error: string, message: string): Refusal {
  return { status, error, message, headers: {} };
}

function tooMany(waitMs: number): Refusal {
  const seconds = Math.ceil(waitMs / 1000);
  const message = `Too many wrong operator tokens from this address. Try again in ${seconds} seconds.`;
  return { ...refusal(429, 'too_many_attempts', message), headers: { 'Retry-After': String(seconds) } };
}
