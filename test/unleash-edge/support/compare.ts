/** What has to be equal between the real Edge's reply and Halyard's, and the account of where it need not be. */
import { isDeepStrictEqual } from 'node:util';
import type { RawRequest, RawResponse } from '../../support/http.ts';

/** What of a reply is compared. */
export interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A place where Halyard answers differently on purpose. */
export interface IntendedDifference {
  /** Short name, for the account. */
  readonly id: string;
  /** Section of the specification that says so, such as `27 #6`. */
  readonly section: string;
  readonly reason: string;
  /** What Halyard is to answer, given the real reply; undefined where this difference has no part in it. */
  readonly expected: (request: RawRequest, real: Comparable, halyard: Comparable) => Comparable | undefined;
}

/** Lists without an order. */
const lists = new Set(['vary', 'access-control-allow-methods', 'access-control-allow-headers']);

/** Of the connection, not of the reply. */
const ignored = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding', 'content-length']);

export function comparable(response: RawResponse): Comparable {
  const headers = Object.entries(response.headers).filter(([name]) => !ignored.has(name));
  const shown = headers.map(([name, value]) => [name, lists.has(name) ? sortedList(value) : value]);
  return { status: response.status, headers: Object.fromEntries(shown), body: response.text };
}

const sortedList = (value: string): string =>
  value
    .toLowerCase()
    .split(',')
    .map((item) => item.trim())
    .sort()
    .join(', ');

/** Counts comparisons, and which intended differences were met. */
export interface Account {
  comparisons: number;
  readonly met: Set<string>;
}

export const newAccount = (): Account => ({ comparisons: 0, met: new Set() });

export interface Found {
  /** Differences of one kind probably have one cause. */
  readonly kind: string;
  readonly text: string;
}

/** What differs and should not; undefined when the replies are equal, or differ only as intended. */
export function difference(
  request: RawRequest,
  realReply: RawResponse,
  halyardReply: RawResponse,
  intended: readonly IntendedDifference[],
  account: Account,
): Found | undefined {
  account.comparisons++;
  const real = comparable(realReply);
  const got = comparable(halyardReply);
  if (isDeepStrictEqual(real, got)) return undefined;
  let wanted = real;
  for (const { id, expected } of intended) {
    const next = expected(request, wanted, got);
    if (next === undefined || isDeepStrictEqual(next, wanted)) continue;
    wanted = next;
    account.met.add(id);
  }
  if (isDeepStrictEqual(wanted, got)) return undefined;
  const names = [...new Set([...Object.keys(wanted.headers), ...Object.keys(got.headers)])].filter(
    (name) => wanted.headers[name] !== got.headers[name],
  );
  const bodies = wanted.body === got.body ? [] : ['body'];
  const path = request.path.split('?')[0] ?? '';
  const kind = [request.method ?? 'GET', path.replace(/doc\d+/, 'doc'), wanted.status, got.status, ...names, ...bodies];
  const text = [
    `${request.method ?? 'GET'} ${request.path} ${JSON.stringify(request.headers)}`,
    String(request.body ?? '').slice(0, 1500),
    `status: ${wanted.status}, got ${got.status}`,
    ...names.map((name) => `${name}: ${wanted.headers[name]}, got ${got.headers[name]}`),
    ...bodies.flatMap(() => shownBodies(wanted.body, got.body)),
  ];
  return { kind: kind.join(' '), text: text.join('\n') };
}

/** Around the first place where two bodies differ. */
function shownBodies(wanted: string, got: string): string[] {
  let at = 0;
  while (at < wanted.length && wanted[at] === got[at]) at++;
  const from = Math.max(0, at - 300);
  return [`body from ${from}: ${wanted.slice(from, from + 700)}`, `got body:    ${got.slice(from, from + 700)}`];
}
