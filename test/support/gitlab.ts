/**
 * GitLab's feature flags API, scripted: what its own source and public threads say it answers, including for what it
 * does not have. Environments are chosen by the application name, access by the instance id.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const gitlabPath = '/api/v4/feature_flags/unleash/42';
export const gitlabInstanceId = 'secret-0-gitlab-instance';

export interface GitlabRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface GitlabAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Gitlab {
  /** Flags by environment; an environment that nobody configured has none. */
  readonly flags: Map<string, readonly object[]>;
  readonly requests: GitlabRequest[];
  /** True answers 429, as the limit on requests per address does. */
  limited: boolean;
  /** Answers one request. Header names in lower case. */
  answer(request: GitlabRequest): GitlabAnswer;
}

/** A flag as GitLab writes it: no project, no type, no variants. */
export function gitlabFlag(
  name: string,
  strategies: readonly object[] = [{ name: 'default', parameters: {} }],
): object {
  return { name, description: '', enabled: true, strategies };
}

export function scriptedGitlab(): Gitlab {
  const json = { 'content-type': 'application/json' };
  const known = new Map([
    ['', 'GET'],
    ['/features', 'GET'],
    ['/client/features', 'GET'],
    ['/client/register', 'POST'],
    ['/client/metrics', 'POST'],
  ]);
  const gitlab: Gitlab = {
    flags: new Map(),
    requests: [],
    limited: false,
    answer(request) {
      gitlab.requests.push(request);
      const { method, path, headers } = request;
      if (gitlab.limited) {
        return { status: 429, headers: { 'content-type': 'text/plain', 'retry-after': '60' }, body: 'Retry later\n' };
      }
      const allowed = path.startsWith(gitlabPath) ? known.get(path.slice(gitlabPath.length)) : undefined;
      if (allowed === undefined) return { status: 404, headers: json, body: '{"error":"404 Not Found"}' };
      if (allowed !== method) {
        return { status: 405, headers: { ...json, allow: `OPTIONS, ${allowed}` }, body: '{"error":"405 Not Allowed"}' };
      }
      if (headers['unleash-instanceid'] !== gitlabInstanceId) {
        return { status: 401, headers: json, body: '{"message":"401 Unauthorized"}' };
      }
      if (method === 'POST' || path === gitlabPath) return { status: 200, headers: json, body: '200' };
      const features = gitlab.flags.get(headers['unleash-appname'] ?? '') ?? [];
      const body = JSON.stringify({ version: 1, features });
      const etag = `W/"${createHash('md5').update(body).digest('hex')}"`;
      if (headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: '' };
      return { status: 200, headers: { ...json, etag }, body };
    },
  };
  return gitlab;
}

/** The same behind a socket. */
export async function startGitlab(): Promise<Gitlab & { readonly url: string; close(): Promise<void> }> {
  const gitlab = scriptedGitlab();
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, headers, body } = gitlab.answer({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers as Record<string, string | undefined>,
      });
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(gitlab, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${gitlabPath}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
