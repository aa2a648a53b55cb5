/** Requests that make Halyard talk: every page, with right, wrong and misplaced credentials. */
import type { RawRequest } from '../support/http.ts';
import type { Server } from '../support/server.ts';
import { leaksIn, type SecretName, secrets } from './secrets.ts';

const pages = [
  '/health',
  '/ready',
  '/proxy',
  '/proxy/all',
  '/proxy/health',
  '/proxy/ready',
  '/proxy/internal-backstage/prometheus',
  '/proxy/client/features',
  '/docs/openapi.json',
  '/docs/openapi/',
  '/api-doc/openapi.json',
  '/swagger-ui/',
  '/internal-backstage/health',
  '/internal-backstage/ready',
  '/internal-backstage/info',
  '/internal-backstage/instancedata',
  '/internal-backstage/metricsbatch',
  '/internal-backstage/prometheus',
  '/internal-backstage/tokens',
  '/internal-backstage/features',
  '/api/frontend',
  '/api/frontend/all',
  '/api/client/features',
  '/api/client/features/nothing',
  '/api/client/delta',
  '/api/v1/flags',
  '/api/v1/identities/?identifier=bob',
  '/api/v1/environment-document/',
  '/proxy/health',
  '/metrics',
  '/halyard',
  '/halyard/',
  '/halyard/status',
  '/halyard/flags',
  '/halyard/changes',
  '/halyard/explain/shared',
  '/ofrep/v1/configuration',
  '/nothing',
] as const;

const posts = [
  '/proxy',
  '/proxy/client/metrics',
  '/api/frontend',
  '/api/frontend/client/metrics',
  '/api/client/metrics',
  '/api/client/metrics/bulk',
  '/api/client/register',
  '/edge/validate',
  '/api/v1/identities/',
  '/api/v1/analytics/flags/',
  '/halyard/explain/shared',
  '/ofrep/v1/evaluate/flags',
  '/ofrep/v1/evaluate/flags/shared',
  '/ofrep/v1/evaluate/flags/nothing',
] as const;

const credentials: readonly Record<string, string>[] = [
  {},
  ...[
    secrets.upstreamToken,
    secrets.frontendToken,
    secrets.unknownToken,
    secrets.clientKey,
    secrets.serverSideToken,
    secrets.flagsmithServerKey,
    secrets.flagsmithClientKey,
    secrets.flagsmithUnknownKey,
  ].map((value) => ({ authorization: value, 'x-environment-key': value })),
  ...[secrets.operatorToken, secrets.frontendToken, secrets.flagsmithClientKey].map((value) => ({
    authorization: `Bearer ${value}`,
    'x-api-key': value,
  })),
];

const bodies: readonly string[] = [
  '{}',
  JSON.stringify({ tokens: [secrets.unknownToken], context: { targetingKey: 'bob' }, identifier: 'bob' }),
  `{"token": "${secrets.upstreamToken}" oops`,
];

/** What may show which secrets, and why; with `own`, only to the client that sent it. */
const exceptions: readonly {
  readonly path: RegExp;
  readonly names: readonly SecretName[];
  readonly own?: true;
  readonly why: string;
}[] = [
  {
    path: /^POST \/edge\/validate/,
    names: ['upstreamToken', 'otherToken', 'frontendToken', 'pretrustedToken'],
    why: 'the tokens that the caller sent are the answer',
  },
  {
    path: /^GET \/api\/v1\/environment-document\//,
    names: ['flagsmithClientKey'],
    why: 'the document of a Flagsmith environment holds its client key; only the server key opens it',
  },
  {
    path: /^(GET|POST) \/api\/v1\//,
    names: Object.keys(secrets) as SecretName[],
    own: true,
    why: 'the original of Flagsmith repeats an unknown key to the client that sent it',
  },
];

/** Sends all of it. Returns what leaked in replies, one line each. */
export async function askEverything(server: Server): Promise<string[]> {
  const leaks: string[] = [];
  const requests: RawRequest[] = [
    ...pages.flatMap((path) => credentials.map((headers) => ({ path, headers }))),
    ...posts.flatMap((path) =>
      credentials.flatMap((headers) =>
        bodies.map((body) => ({
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json', ...headers },
          body,
        })),
      ),
    ),
    ...Object.values(secrets).flatMap((value) => [
      { path: `/nothing?token=${value}&apiKey=${value}` },
      { path: `/api/frontend?token=${value}` },
      { path: `/api/v1/flags?key=${value}` },
      { path: `/ofrep/v1/stream?credential=${value}` },
    ]),
  ];
  const next = requests[Symbol.iterator]();
  const worker = async () => {
    for (const request of next) leaks.push(...(await ask(server, request)));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return leaks;
}

async function ask(server: Server, request: RawRequest): Promise<string[]> {
  const reply = await server.request({ ...request, timeoutMs: 5_000 }).catch((error: Error) => error);
  if (reply instanceof Error) return [];
  const line = `${request.method ?? 'GET'} ${request.path}`;
  const sent = new Set(leaksIn(Object.values(request.headers ?? {}).join('\n')).map(({ name }) => name));
  // What a client is told about the path it asked for is no news to it.
  const asked = new Set(leaksIn(request.path).map(({ name }) => name));
  return leaksIn(`${JSON.stringify(reply.headers)}\n${reply.text}`)
    .filter(({ name }) => !asked.has(name))
    .filter(
      ({ name }) =>
        !exceptions.some((one) => one.path.test(line) && one.names.includes(name) && (!one.own || sent.has(name))),
    )
    .map(({ name, around }) => `${line} (${reply.status}) shows ${name}: ${around}`);
}
