/** What has to be equal between the original's reply and Halyard's. */
import { isDeepStrictEqual } from 'node:util';
import type { RawRequest, RawResponse } from '../../support/http.ts';
import { isHalyard, type Subject } from '../../support/subjects.ts';

const ignored = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const whoops = 'Whoops! We dropped the ball on this one (an unexpected error occurred): ';
const parserWords =
  'We were unable to parse the data you provided. Please check it for syntax errors. The message we got was: "';

/** 9.2 #11: the client's own faults, which the original reports as 500. The text stays. */
const clientFaults: readonly (readonly [RegExp, number])[] = [
  [/^request entity too large$/, 413],
  [/^unsupported charset "/, 415],
  [/^unsupported content encoding "/, 415],
];

export interface Difference {
  /** Differences of one kind probably have one cause. */
  readonly kind: string;
  /** The request and what differs, in words for a person. */
  readonly text: string;
}

/** What differs and should not; undefined when the replies are equal. */
export function difference(
  request: RawRequest,
  original: RawResponse,
  halyard: RawResponse,
  definitions: Readonly<Record<string, unknown>>,
  subject: Subject,
): Difference | undefined {
  const wanted = intended(comparable(request, original), subject);
  const got = comparable(request, halyard);
  if (isDeepStrictEqual(wanted, got)) return undefined;
  const lines = [describeRequest(request), `status: ${wanted.status}, got ${got.status}`];
  const headers = [...new Set([...Object.keys(wanted.headers), ...Object.keys(got.headers)])].filter(
    (name) => wanted.headers[name] !== got.headers[name],
  );
  for (const name of headers) lines.push(`${name}: ${wanted.headers[name]}, got ${got.headers[name]}`);
  const body = wanted.body === got.body ? [] : bodyDifference(wanted.body, got.body, definitions);
  const strategies = body.join('').match(/"name":"[a-zA-Z]+","parameters"/g) ?? [wanted.body.slice(0, 100)];
  const kind = [wanted.status, got.status, ...headers, request.path.split('?')[0], ...strategies.slice(0, 1)].join(' ');
  return { kind, text: [...lines, ...body].join('\n') };
}

function describeRequest({ method, path, headers, body }: RawRequest): string {
  return `${method ?? 'GET'} ${path}\n${JSON.stringify(headers)}\n${String(body ?? '')}`;
}

/** Lists of toggles: the elements that differ, each with its definition. Anything else: both bodies. */
function bodyDifference(wanted: string, got: string, definitions: Readonly<Record<string, unknown>>): string[] {
  const [first, second] = [togglesIn(wanted), togglesIn(got)];
  if (!first || !second) return [`body:     ${wanted.slice(0, 600)}`, `got body: ${got.slice(0, 600)}`];
  const names = [...new Set([...first.keys(), ...second.keys()])].filter(
    (name) => first.get(name) !== second.get(name),
  );
  if (names.length === 0) return [`order: ${[...first.keys()]}`, `got:   ${[...second.keys()]}`];
  const features = definitions.features as { name: string }[];
  return [
    ...names.flatMap((name) => [
      `toggle:   ${first.get(name)}`,
      `got:      ${second.get(name)}`,
      `defined:  ${JSON.stringify(features.findLast((feature) => feature.name === name))}`,
    ]),
    `segments: ${JSON.stringify(definitions.segments)}`,
  ];
}

function togglesIn(body: string): Map<string, string> | undefined {
  if (!body.startsWith('{"toggles":[')) return undefined;
  const { toggles } = JSON.parse(body) as { toggles: { name: string }[] };
  return new Map(toggles.map((toggle) => [toggle.name, JSON.stringify(toggle)]));
}

function comparable(request: RawRequest, response: RawResponse): Comparable {
  const { method = 'GET' } = request;
  const keepsLength = method === 'HEAD' || method === 'OPTIONS';
  const headers = Object.fromEntries(
    Object.entries(response.headers).filter(
      ([name]) => !ignored.has(name) && (name !== 'content-length' || keepsLength),
    ),
  );
  const body = response.text;
  const parser = response.status === 400 && body.startsWith(`{"error":${JSON.stringify(parserWords).slice(0, -1)}`);
  // The quoted part is the JavaScript engine's own message.
  if (parser) return { status: 400, headers: { ...headers, etag: '' }, body: parserWords };
  return { status: response.status, headers, body };
}

/** What Halyard is to answer where the original answers `reply`. */
function intended(reply: Comparable, subject: Subject): Comparable {
  if (!isHalyard(subject)) return reply;
  if (reply.status !== 500 || !reply.body.startsWith('{"error":')) return reply;
  const { error } = JSON.parse(reply.body) as { error: string };
  const fault = clientFaults.find(([pattern]) => pattern.test(error.slice(whoops.length)));
  return fault ? { ...reply, status: fault[1] } : reply;
}

/** True for requests that a subject cannot answer alike, for a reason listed in intended-differences.ts. */
export function isIncomparable({ path }: RawRequest, hasSegments: boolean, subject: Subject): boolean {
  if (!isHalyard(subject)) return false;
  // 9.2 #4: segments are added there; the golden suite says exactly what they look like.
  return hasSegments && path.startsWith('/proxy/client/features');
}
