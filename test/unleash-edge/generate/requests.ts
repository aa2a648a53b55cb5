/** Whole requests, in groups. Tokens name the environment `ENV`, which a test replaces. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { evaluationBody } from '../../proxy/differential/bodies.ts';
import { query } from '../../proxy/differential/queries.ts';
import {
  dates,
  featureNames,
  fieldName,
  fieldValue,
  maybe,
  present,
  sessionIds,
} from '../../support/generate/values.ts';
import type { RawRequest } from '../../support/http.ts';
import { bulkBody, metricsBody, registerBody } from './reports.ts';

type Headers = Record<string, string | string[] | undefined>;

const frontendTokens = ['*:ENV.frontend-1', 'p1:ENV.frontend-2', '[]:ENV.frontend-3', 'default:ENV.frontend-4'];
const clientTokens = ['*:ENV.client-1', 'p1:ENV.client-2', '[]:ENV.client-3', 'default:ENV.client-4'];
/** Nobody is let in with these, anywhere. */
const badTokens = [
  '*:ENV.unknown-1',
  '*:ENV.admin-1',
  '*:ENV.untyped-1',
  'nonsense',
  'a.b:c',
  'a:b',
  '',
  ' ',
  ':.',
  'Bearer *:ENV.frontend-1',
];

const authorization = (token: string): Headers => ({ authorization: token });
const rightFrontend: fc.Arbitrary<Headers> = fc.constantFrom(...frontendTokens.map(authorization));
const rightClient: fc.Arbitrary<Headers> = fc.constantFrom(...clientTokens.map(authorization));
const anyToken: fc.Arbitrary<Headers> = fc.constantFrom<Headers>(
  ...[...frontendTokens, ...clientTokens, ...badTokens].map(authorization),
  {},
  { Authorization: '*:ENV.frontend-1' },
  { authorization: ' *:ENV.frontend-1 ' },
  { authorization: '*:ENV.client-1 ' },
  { 'x-api-key': '*:ENV.frontend-1' },
  // Environments that nobody fetched.
  { authorization: '*:empty.frontend-1' },
  { authorization: '[]:empty.frontend-1' },
  { authorization: 'p9:empty.frontend-1' },
);

const acceptEncoding = fc.constantFrom(
  'gzip',
  'br',
  'deflate',
  'gzip, br',
  'identity',
  'gzip;q=0',
  '*',
  'br;q=0.1, gzip',
  '',
);

const common: fc.Arbitrary<Headers> = fc
  .record({
    origin: maybe(fc.constantFrom('https://a.example', 'null'), 2),
    'if-none-match': maybe(fc.constantFrom('', '"x"', 'W/"2-eoX0dku9ba8cNUXvu/DyeabcC+s"', '7'), 1),
    accept: maybe(fc.constantFrom('*/*', 'text/html'), 1),
    'unleash-sdk': maybe(fc.constant('unleash-client-js:3.4.5'), 1),
    'x-forwarded-for': maybe(fc.constantFrom('10.1.1.1', '2001:db8::7'), 1),
  })
  .map(present);

const withHeaders = (...parts: fc.Arbitrary<Headers>[]): fc.Arbitrary<Headers> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Headers);

const contentType: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 14, arbitrary: fc.constant<Headers>({ 'content-type': 'application/json' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Headers>(
      {},
      { 'content-type': '' },
      { 'content-type': 'application/json; charset=utf-8' },
      { 'content-type': 'application/json; charset=ISO-8859-1' },
      { 'content-type': 'Application/JSON' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/vnd.api+json' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application' },
    ),
  },
);

const listPath = fc.constantFrom(
  '/api/frontend',
  '/api/frontend',
  '/api/frontend/all',
  '/api/proxy',
  '/api/proxy/all',
  '/api/frontend/',
  '//api//frontend/all/',
);

/** The forms that SDKs send. */
const plainQuery: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...sessionIds),
    fc.uniqueArray(
      fieldName
        .filter((name) => name !== 'sessionId')
        .chain((name) =>
          fc.tuple(fieldValue(name), fc.boolean()).map(([value, inner]) => {
            const key =
              inner && !/^(userId|appName|environment|remoteAddress)$/.test(name) ? `properties[${name}]` : name;
            return [name, `${encodeURIComponent(key)}=${encodeURIComponent(value)}`] as const;
          }),
        ),
      { maxLength: 6, selector: ([name]) => name },
    ),
    maybe(fc.constantFrom(...dates), 1),
  )
  .map(([session, pairs, time]) =>
    [
      `sessionId=${encodeURIComponent(session)}`,
      ...pairs.map(([, pair]) => pair),
      ...(time === undefined ? [] : [`currentTime=${encodeURIComponent(time)}`]),
    ].join('&'),
  );

const anyQuery = fc.oneof({ weight: 3, arbitrary: plainQuery }, { weight: 2, arbitrary: query });

const frontendGet: fc.Arbitrary<RawRequest> = fc
  .tuple(listPath, anyQuery, withHeaders(rightFrontend, common))
  .map(([path, text, headers]) => ({ path: `${path}?${text}`, headers }));

const frontendPost: fc.Arbitrary<RawRequest> = fc
  .tuple(listPath, evaluationBody, withHeaders(rightFrontend, common, contentType))
  .map(([path, body, headers]) => ({ method: 'POST', path, headers, body: contextOf(body) }));

/** Half of the bodies as the frontend API's own form, without the wrapping `context`. */
function contextOf(body: string): string {
  if (body.length % 2 === 0) return body;
  try {
    return JSON.stringify((JSON.parse(body) as { context?: unknown }).context) ?? body;
  } catch {
    return body;
  }
}

const encodedPost: fc.Arbitrary<RawRequest> = fc
  .tuple(
    evaluationBody,
    fc.constantFrom<readonly [string, (text: string) => string | Uint8Array]>(
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
      ['identity', (text) => text],
      ['compress', (text) => text],
    ),
    withHeaders(rightFrontend, fc.constant<Headers>({ 'content-type': 'application/json' })),
  )
  .map(([body, [coding, encode], headers]) => ({
    method: 'POST',
    path: '/api/frontend',
    headers: { ...headers, 'content-encoding': coding },
    body: encode(body),
  }));

const flagName = fc.constantFrom<string>(...featureNames, 'missing', 'al', '%', '%zz', 'a/b');
const encodedName = flagName.map((name) => (name === '%zz' ? name : encodeURIComponent(name)));

const frontendSingle: fc.Arbitrary<RawRequest> = fc
  .tuple(encodedName, anyQuery, evaluationBody, fc.boolean(), withHeaders(rightFrontend, common))
  .map(([name, text, body, post, headers]) => {
    const path = `/api/frontend/features/${name}`;
    if (!post) return { path: `${path}?${text}`, headers };
    return { method: 'POST', path, headers: { ...headers, 'content-type': 'application/json' }, body: contextOf(body) };
  });

const prefixes = fc.constantFrom(
  '',
  '?namePrefix=a',
  '?namePrefix=',
  '?namePrefix=%E6',
  '?project=p1',
  '?namePrefix=p&x=1',
  '?namePrefix=a&namePrefix=b',
);

const clientFeatures: fc.Arbitrary<RawRequest> = fc.oneof(
  fc
    .tuple(prefixes, withHeaders(rightClient, common))
    .map(([search, headers]): RawRequest => ({ path: `/api/client/features${search}`, headers })),
  fc
    .tuple(encodedName, withHeaders(rightClient, common))
    .map(([name, headers]): RawRequest => ({ path: `/api/client/features/${name}`, headers })),
);

const compressed: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom<readonly [string, string]>(
      ['/api/client/features', '*:ENV.client-1'],
      ['/api/frontend/all?sessionId=1', '*:ENV.frontend-1'],
      ['/api/client/features/nothing', '*:ENV.client-1'],
      ['/internal-backstage/health', ''],
    ),
    acceptEncoding,
  )
  .map(([[path, token], coding]) => ({ path, headers: { authorization: token, 'accept-encoding': coding } }));

const reports: fc.Arbitrary<RawRequest> = fc
  .oneof(
    fc.tuple(fc.constantFrom('/api/client/metrics'), metricsBody, rightClient),
    fc.tuple(fc.constantFrom('/api/frontend/client/metrics', '/api/proxy/client/metrics'), metricsBody, rightFrontend),
    fc.tuple(fc.constantFrom('/api/frontend/all/client/metrics'), metricsBody, rightFrontend),
    fc.tuple(fc.constantFrom('/api/client/register'), registerBody, rightClient),
    fc.tuple(
      fc.constantFrom('/api/frontend/client/register', '/api/proxy/client/register'),
      registerBody,
      rightFrontend,
    ),
    fc.tuple(fc.constantFrom('/api/client/metrics/bulk'), bulkBody, rightClient),
  )
  .chain(([path, body, token]) =>
    withHeaders(fc.constant(token), common, contentType).map((headers) => ({ method: 'POST', path, headers, body })),
  );

const validation: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc
          .array(fc.constantFrom(...frontendTokens, ...clientTokens, ...badTokens), { maxLength: 4 })
          .map((tokens) => JSON.stringify({ tokens })),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          '{}',
          '[]',
          '{"tokens":null}',
          '{"tokens":"x"}',
          '{"tokens":[1]}',
          '',
          '{"tokens":[',
        ),
      },
    ),
    contentType,
  )
  .map(([body, headers]) => ({ method: 'POST', path: '/edge/validate', headers, body }));

const anyPath = fc.constantFrom(
  '/',
  '/api',
  '/api/frontend?sessionId=s',
  '/api/frontend/all?sessionId=s',
  '/api/frontend/features',
  '/api/frontend/client',
  '/api/frontend/client/metrics',
  '/api/frontend/client/register',
  '/api/frontend/all/client/metrics',
  '/api/frontend/all/client/register',
  '/api/frontend/more',
  '/api/frontendmore',
  '/api/proxy/features/alpha',
  '/api/proxy/client/metrics',
  '/api/client',
  '/api/client/features',
  '/api/client/features/',
  '/api/client/features/alpha/more',
  '/api/client/metrics',
  '/api/client/metrics/bulk',
  '/api/client/metrics/edge',
  '/api/client/delta',
  '/api/client/streaming',
  '/api/client/register',
  '/api/client/more',
  '/api/admin',
  '/edge/validate',
  '/edge/metrics',
  '/edge',
  '/internal-backstage',
  '/internal-backstage/health',
  '/internal-backstage/health/',
  '/internal-backstage/ready',
  '/internal-backstage/more',
  '/internal-backstage/prometheus',
  '/swagger-ui',
  '/docs/openapi.json',
  '/health',
  '/API/frontend',
  '/api/%66rontend?sessionId=s',
  '/api/frontend?sessionId=s&x=%zz',
  '/api/%2Ffrontend',
);

const anything: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'),
    anyPath,
    withHeaders(anyToken, common, contentType),
    maybe(fc.constantFrom('{}', '{"a":', '[]', 'x', ''), 3),
  )
  .map(([method, path, headers, body]) => ({
    method,
    path,
    headers,
    // Bun hands no body of a GET or HEAD to a server.
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
  }));

const preflight: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom(
      '/api/frontend',
      '/api/client/features',
      '/edge/validate',
      '/internal-backstage/health',
      '/nowhere',
    ),
    fc
      .record({
        origin: maybe(fc.constantFrom('https://a.example', 'null', 'https://b.example'), 8),
        'access-control-request-method': maybe(fc.constantFrom('GET', 'POST', 'DELETE', 'nonsense method'), 8),
        'access-control-request-headers': maybe(fc.constantFrom('authorization', 'x-a, X-B', 'content-type', ''), 6),
        authorization: maybe(fc.constant('*:ENV.frontend-1'), 2),
      })
      .map(present),
  )
  .map(([path, headers]) => ({ method: 'OPTIONS', path, headers: headers as Headers }));

/** Everything that is compared with generated requests, by name. */
export const groups = {
  'frontend API, GET': frontendGet,
  'frontend API, POST': frontendPost,
  'frontend API, encoded bodies': encodedPost,
  'frontend API, single flag': frontendSingle,
  'client API': clientFeatures,
  compression: compressed,
  'reports of SDKs and Edges': reports,
  'token validation': validation,
  'tokens, methods and paths': anything,
  'preflight requests': preflight,
} as const satisfies Readonly<Record<string, fc.Arbitrary<RawRequest>>>;

export type Group = keyof typeof groups;

/** The request with its environment filled in. */
export function inEnvironment(request: RawRequest, environment: string): RawRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replaceAll('ENV', environment) : value,
    ]),
  );
  const { body } = request;
  return { ...request, headers, ...(typeof body === 'string' ? { body: body.replaceAll('ENV', environment) } : {}) };
}
