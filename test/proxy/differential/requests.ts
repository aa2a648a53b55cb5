/** Whole requests: method, path, headers, body. What the original is known to get wrong is not generated (9.2, 11.3). */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { maybe, present } from '../../support/generate/values.ts';
import type { RawRequest } from '../../support/http.ts';
import { evaluationBody } from './bodies.ts';
import { query } from './queries.ts';
import { metricsBody, registerBody } from './reports.ts';

type Headers = Record<string, string | string[] | undefined>;

const credential: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Headers>({ authorization: 'k1' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Headers>(
      {},
      { authorization: 'srv' },
      { Authorization: 'k1' },
      { authorization: ' k1 ' },
      { authorization: 'Bearer k1' },
      { authorization: 'K1' },
      { authorization: '' },
      { 'x-client-key': 'k1' },
      { authorization: ['k1', 'nope'] },
      { authorization: ['nope', 'k1'] },
    ),
  },
);

const acceptEncoding = fc.constantFrom(
  'gzip',
  'br',
  'deflate',
  'gzip, br',
  'br;q=0.1, gzip;q=0.9',
  'gzip;q=0.5, br;q=0.5, deflate;q=0.5',
  '*',
  '*;q=0',
  'gzip;q=0',
  'identity',
  'identity;q=0, gzip',
  'GZIP',
  'zstd',
  'x-gzip',
  '',
);

const common: fc.Arbitrary<Headers> = fc
  .record({
    'accept-encoding': maybe(acceptEncoding, 4),
    origin: maybe(fc.constantFrom('https://a.example', 'null'), 2),
    'x-forwarded-for': maybe(fc.constantFrom('10.1.1.1', 'garbage'), 1),
    'if-none-match': maybe(fc.constantFrom('*', '', '"x"', 'W/"2-eoX0dku9ba8cNUXvu/DyeabcC+s"'), 1),
    'cache-control': maybe(fc.constantFrom('no-cache', 'max-age=0'), 1),
    accept: maybe(fc.constantFrom('*/*', 'text/html', 'application/xml;q=0.9'), 1),
    'unleash-sdk': maybe(fc.constant('unleash-js:1.2.3'), 1),
  })
  .map(present);

/** Malformed parameters are left out: the original ignores such a body (11.1). */
const contentType: fc.Arbitrary<Headers> = fc.oneof(
  { weight: 14, arbitrary: fc.constant<Headers>({ 'content-type': 'application/json' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Headers>(
      {},
      { 'content-type': '' },
      { 'content-type': 'application/json; charset=utf-8' },
      { 'content-type': 'application/json;charset="UTF-8"' },
      { 'content-type': 'Application/JSON' },
      { 'content-type': 'application/json ; charset=utf-8' },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/vnd.api+json' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application' },
      { 'content-type': 'application/json, text/plain' },
    ),
  },
);

const headersWith = (extra: fc.Arbitrary<Headers>): fc.Arbitrary<Headers> =>
  fc.tuple(credential, common, extra).map(([a, b, c]) => ({ ...a, ...b, ...c }));

const evaluationPath = fc.constantFrom(
  '/proxy',
  '/proxy',
  '/proxy',
  '/proxy/all',
  '/proxy/all',
  '/proxy/',
  '/PROXY',
  '/proxy/ALL/',
  '/proxy//all',
  '/proxy//',
);

const getEvaluation: fc.Arbitrary<RawRequest> = fc
  .tuple(evaluationPath, query, headersWith(fc.constant({})))
  .map(([path, text, headers]) => ({ method: 'GET', path: `${path}?${text}`, headers }));

const postEvaluation: fc.Arbitrary<RawRequest> = fc
  .tuple(evaluationPath, evaluationBody, headersWith(contentType))
  .map(([path, body, headers]) => ({ method: 'POST', path, headers, body }));

/** Bodies in a content coding, right or refused, and in a charset that is refused. */
const postEncoded: fc.Arbitrary<RawRequest> = fc
  .tuple(
    evaluationPath,
    evaluationBody,
    fc.constantFrom<readonly [string, (text: string) => string | Uint8Array]>(
      ['gzip', gzipSync],
      ['GZIP', gzipSync],
      ['deflate', deflateSync],
      ['identity', (text) => text],
      ['', (text) => text],
      ['br', brotliCompressSync],
      ['compress', (text) => text],
      ['gzip, deflate', (text) => gzipSync(deflateSync(text))],
    ),
    fc.constantFrom('application/json', 'application/json;charset=latin1', 'application/json; charset=utf-8'),
    headersWith(fc.constant({})),
  )
  .map(([path, body, [coding, encode], type, headers]) => ({
    method: 'POST',
    path,
    headers: { ...headers, 'content-type': type, 'content-encoding': coding },
    body: encode(body),
  }));

const postReport: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.oneof(
      fc.tuple(
        fc.constantFrom('/proxy/client/metrics', '/proxy/all/client/metrics', '/proxy//client/metrics/'),
        metricsBody,
      ),
      fc.tuple(fc.constantFrom('/proxy/client/register', '/proxy/Client/Register'), registerBody),
    ),
    headersWith(contentType),
  )
  .map(([[path, body], headers]) => ({ method: 'POST', path, headers, body }));

/** Paths at which no answer depends on chance, whatever the method. */
const anyPath = fc.constantFrom(
  '/',
  '/proxy/health',
  '/proxy/health/',
  '/proxy/Health?x=1',
  '//proxy/health',
  '/proxy//health',
  '/proxy/%68ealth',
  '/%70roxy/health',
  '/proxyfoo',
  '/proxy/health/more',
  '/proxy/client',
  '/proxy/client/features',
  '/proxy/client/features?project=x',
  '/proxy/client/metrics',
  '/proxy/client/metrics/bulk',
  '/proxy/client/register/',
  '/proxy/all/client/metrics',
  '/proxy/all/client/register',
  '/proxy/internal-backstage',
  '/proxy/all/x',
  '/api/frontend',
  '/healthz',
  '/docs/openapi',
  '/docs/openapi.json',
  '/favicon.ico',
  "/proxy/<script>alert('1')</script>?q=<b>",
  '/proxy/"quoted"&amp;%20%zz',
  '/proxy/%E6%97%A5',
  '/proxy/../proxy/health',
  '/proxy/./health',
  '/proxy/a\\b',
  '/proxy/health;x=1',
  '/a?b?c',
);

const anyRequest: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'),
    anyPath,
    headersWith(contentType),
    maybe(fc.constantFrom('{}', '{"a":', '[]', 'x', ''), 3),
    maybe(fc.constantFrom('authorization', 'x-a, X-B', ''), 3),
  )
  .map(([method, path, headers, body, asked]) => ({
    method,
    path,
    headers: {
      ...headers,
      ...(method === 'OPTIONS' && asked !== undefined ? { 'access-control-request-headers': asked } : {}),
    },
    // Bun hands no body of a GET or HEAD to a server; the original reads it.
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
  }));

export const anyProxyRequest: fc.Arbitrary<RawRequest> = fc.oneof(
  { weight: 5, arbitrary: getEvaluation },
  { weight: 5, arbitrary: postEvaluation },
  { weight: 1, arbitrary: postEncoded },
  { weight: 2, arbitrary: postReport },
  { weight: 3, arbitrary: anyRequest },
);
