/** The endpoints for SDKs, by method and path: the kind of token and what a 200 or 202 means. */
const operations: readonly (readonly [method: 'get' | 'post', path: string, summary: string, done: 200 | 202])[] = [
  ...['/api/frontend', '/api/proxy'].flatMap((root): ['get' | 'post', string, string, 200 | 202][] => [
    ['get', root, 'The enabled toggles for the context in the query string', 200],
    ['post', root, 'The enabled toggles for the context in the body', 200],
    ['get', `${root}/all`, 'All toggles for the context in the query string', 200],
    ['post', `${root}/all`, 'All toggles for the context in the body', 200],
    ['post', `${root}/client/metrics`, 'Reports how often toggles were looked at', 202],
    ['post', `${root}/client/register`, 'Registers an application', 202],
  ]),
  ['get', '/api/frontend/features/{name}', 'One toggle for the context in the query string', 200],
  ['post', '/api/frontend/features/{name}', 'One toggle for the context in the body', 200],
  ['get', '/api/client/features', 'The definitions of all flags that the token may see', 200],
  ['get', '/api/client/features/{name}', 'The definition of one flag', 200],
  ['get', '/api/client/delta', 'What has changed since the revision in If-None-Match', 200],
  ['get', '/api/client/streaming', 'Changes as server-sent events', 200],
  ['post', '/api/client/register', 'Registers an application', 202],
  ['post', '/api/client/metrics', 'Reports how often flags were looked at', 202],
  ['post', '/api/client/metrics/bulk', 'Takes the reports of another Edge', 202],
  ['post', '/edge/validate', 'Tells which of some tokens are valid', 200],
];

/**
 * The OpenAPI document of the two APIs, as JSON.
 *
 * Source: Unleash Edge specification 24.
 *
 * @param authHeader header that carries the token
 */
export function openapiDocument(basePath: string, authHeader: string): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const [method, path, summary, done] of operations) {
    const parameters = path.includes('{name}')
      ? [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }]
      : [];
    const body = { required: true, content: { 'application/json': { schema: { type: 'object' } } } };
    paths[path] = {
      ...paths[path],
      [method]: {
        summary,
        ...(parameters.length > 0 ? { parameters } : {}),
        ...(method === 'post' ? { requestBody: body } : {}),
        responses: {
          [done]: { description: done === 202 ? 'taken' : 'the answer' },
          403: { description: 'the token is missing, invalid, or for the other API' },
          ...(path.startsWith('/api/frontend') || path.startsWith('/api/proxy')
            ? { 511: { description: 'nobody fetched the environment of this token yet' } }
            : {}),
        },
        ...(path === '/edge/validate' ? { security: [] } : {}),
      },
    };
  }
  return JSON.stringify({
    openapi: '3.0.3',
    info: { title: 'Unleash Edge', version: '19.15.1', description: 'Served by Halyard' },
    ...(basePath === '' ? {} : { servers: [{ url: basePath }] }),
    paths,
    components: { securitySchemes: { Authorization: { type: 'apiKey', in: 'header', name: authHeader } } },
    security: [{ Authorization: [] }],
  });
}
