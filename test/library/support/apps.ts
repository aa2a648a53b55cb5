/** Express applications with the packaged library in them, on real sockets. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type * as library from '../../../src/index.ts';
import { fixture } from '../../support/golden.ts';
import { type RawRequest, type RawResponse, send } from '../../support/http.ts';
import { repositoryRoot } from '../../support/subjects.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';
import { requireInstalled } from './package.ts';

export type Library = typeof library;

export const halyard = (): Library => requireInstalled<Library>('halyard');

/** What tests use of Express, alike in both versions. */
// biome-ignore lint/suspicious/noExplicitAny: handlers of two versions of Express
type Handler = (...args: any[]) => unknown;
export interface Application {
  (request: unknown, response: unknown): unknown;
  use(...handlers: (string | Handler)[]): Application;
  get(path: string, ...handlers: Handler[]): Application;
  post(path: string, ...handlers: Handler[]): Application;
  set(name: string, value: unknown): Application;
  disable(name: string): Application;
}
export interface Express {
  (): Application;
  json(options?: object): Handler;
  urlencoded(options?: object): Handler;
  raw(options?: object): Handler;
  text(options?: object): Handler;
}

export const expressVersions: readonly (readonly [string, Express])[] = ['express', 'express5'].map(
  (name) => [name, createRequire(join(repositoryRoot, 'package.json'))(name) as Express] as const,
);

export interface Listening {
  readonly port: number;
  request(request: RawRequest): Promise<RawResponse>;
  get(path: string, headers?: Record<string, string>): Promise<RawResponse>;
  postJson(path: string, body: unknown, headers?: Record<string, string>): Promise<RawResponse>;
  close(): Promise<void>;
}

/** Puts an application on a socket. */
export async function listen(app: unknown, host = '127.0.0.1'): Promise<Listening> {
  const server: Server = createServer(app as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const request = (raw: RawRequest) => send(port, raw);
  return {
    port,
    request,
    get: (path, headers = {}) => request({ path, headers }),
    postJson: (path, body, headers = {}) =>
      request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const key = { authorization: 'k1' } as const;

/** Options of an ordinary application over a scripted upstream. Keeps nothing on disk. */
export function ordinaryOptions(upstream: Upstream): library.ProxyOptions {
  return {
    unleashUrl: `${upstream.origin}/api`,
    unleashApiToken: 'api-token',
    clientKeys: ['k1'],
    expServerSideSdkConfig: { tokens: ['srv'] },
    enableAllEndpoint: true,
    storageProvider: { get: async () => undefined, set: async () => undefined },
  };
}

/** Runs a test with an upstream that serves the `main` fixture, or the given definitions. */
export async function withUpstream(
  use: (upstream: Upstream) => Promise<void>,
  definitions: unknown = fixture('main'),
): Promise<void> {
  const upstream = await startUpstream({ definitions });
  try {
    await use(upstream);
  } finally {
    await upstream.close();
  }
}

/** The names in a list of toggles. */
export function namesIn(response: RawResponse): string[] {
  if (response.status !== 200) throw new Error(`${response.status}: ${response.text.slice(0, 300)}`);
  return (JSON.parse(response.text) as { toggles: { name: string }[] }).toggles.map(({ name }) => name);
}

/** What `console.log` and `console.error` are called with meanwhile does not matter here. */
export const silent: library.Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};
