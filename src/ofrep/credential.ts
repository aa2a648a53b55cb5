import type { HttpRequest } from '../http/types.ts';

const bearer = /^bearer +/i;

/**
 * The credential of a request: `Authorization` with or without `Bearer`, else `X-API-Key`, else `X-Environment-Key`.
 * The first that is there counts. undefined when there is none.
 */
export function readCredential(request: HttpRequest): string | undefined {
  const authorization = request.header('authorization');
  const given =
    (authorization === undefined ? undefined : authorization.replace(bearer, '').trim()) ||
    request.header('x-api-key')?.trim() ||
    request.header('x-environment-key')?.trim();
  return given === '' ? undefined : given;
}
