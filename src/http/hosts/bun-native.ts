import type { WireRequest } from '../wire/wire-request.ts';

const absolute = /^https?:\/\//i;

/** The request as an extension knows it from Bun: the Fetch standard's, without a body, which Halyard reads. */
export function bunNative(request: WireRequest): Request {
  const { method, target } = request;
  const url = absolute.test(target) ? target : `http://${request.header('host') ?? 'localhost'}${target}`;
  return new Request(URL.canParse(url) ? url : `http://localhost${request.path}`, {
    method,
    headers: [...request.head.fields.values] as [string, string][],
  });
}
