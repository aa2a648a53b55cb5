/** A subject with its own scripted upstream and recognisable secrets, for one test. */
import { expect } from 'vitest';
import { fixture } from './golden.ts';
import { type RawResponse, send } from './http.ts';
import { type Server, type StartOptions, startServer } from './server.ts';
import { isHalyard, type Subject } from './subjects.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';
import { sleep } from './wait.ts';

export const secrets = {
  apiToken: 'secret-api-token-5c1d',
  clientKey: 'secret-client-key-77ab',
  serverToken: 'secret-server-token-e012',
} as const;

export const key = { authorization: secrets.clientKey } as const;

export interface ProxyUnderTest {
  readonly server: Server;
  readonly upstream: Upstream;
}

export interface ProxyOptions extends Omit<StartOptions, 'env'> {
  /** Added to the ordinary variables; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly definitions?: unknown;
  readonly upstream?: Omit<UpstreamOptions, 'definitions'>;
  /** Called before the subject starts. */
  readonly prepare?: (upstream: Upstream) => void;
}

/** The variables of an ordinary deployment, with everything switched on that tests look at. */
export function ordinaryEnvironment(upstream: Upstream): Record<string, string> {
  return {
    UNLEASH_URL: `${upstream.origin}/api`,
    UNLEASH_API_TOKEN: secrets.apiToken,
    UNLEASH_PROXY_CLIENT_KEYS: secrets.clientKey,
    EXP_SERVER_SIDE_SDK_CONFIG_TOKENS: secrets.serverToken,
    ENABLE_ALL_ENDPOINT: 'true',
    UNLEASH_APP_NAME: 'test-app',
    UNLEASH_INSTANCE_ID: 'test-instance',
  };
}

/**
 * Starts both, runs `use`, stops both. Afterwards a Halyard must have ended with 0 on SIGTERM, unless `use` ended it
 * itself, and must not have printed a secret.
 */
export async function withProxy(
  subject: Subject,
  options: ProxyOptions,
  use: (proxy: ProxyUnderTest) => Promise<void>,
): Promise<void> {
  const { env = {}, definitions = fixture('main'), upstream: upstreamOptions, prepare, ...start } = options;
  const upstream = await startUpstream({ definitions, ...upstreamOptions });
  try {
    prepare?.(upstream);
    const merged = Object.entries({ ...ordinaryEnvironment(upstream), ...env });
    const given = merged.filter((entry): entry is [string, string] => entry[1] !== undefined);
    const server = await startServer(subject, { ...start, env: Object.fromEntries(given) });
    let failed = true;
    try {
      await use({ server, upstream });
      failed = false;
    } catch (error) {
      throw withOutput(error, server);
    } finally {
      await server.stop().catch((error) => {
        if (!failed) throw error;
      });
    }
    if (isHalyard(subject)) expectNoSecrets(server);
  } finally {
    await upstream.close();
  }
}

function withOutput(error: unknown, server: Server): unknown {
  if (!(error instanceof Error)) return error;
  const output = `\n[${server.subject} alive: ${server.alive()}]\nstdout: ${server.stdout().slice(-2000)}`;
  error.message += `${output}\nstderr: ${server.stderr().slice(-2000)}`;
  return error;
}

export function expectNoSecrets(server: Server): void {
  const output = server.stdout() + server.stderr();
  for (const secret of Object.values(secrets)) expect(output).not.toContain(secret);
}

export interface ToggleElement {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: Readonly<Record<string, unknown>>;
  readonly impressionData?: boolean;
}

/** The list in a reply that must be a 200. */
export function togglesOf(response: RawResponse): ToggleElement[] {
  expect(response.status, response.text.slice(0, 500)).toBe(200);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  return (JSON.parse(response.text) as { toggles: ToggleElement[] }).toggles;
}

export const namesOf = (response: RawResponse): string[] => togglesOf(response).map(({ name }) => name);

export const whoops = (message: string): string =>
  JSON.stringify({ error: `Whoops! We dropped the ball on this one (an unexpected error occurred): ${message}` });

/** No answer may take longer. What blocks a server, such as a count that is replayed, blocks it for longer on any machine. */
const promptMs = 10_000;

/** The process lives and health is what it should be, promptly. */
export async function expectHealthy(server: Server): Promise<void> {
  const got = await send(server.port, { path: '/proxy/health', timeoutMs: promptMs });
  expect([got.status, got.text]).toEqual([200, 'ok']);
  expect(server.alive()).toBe(true);
}

/** Runs `action` while asking for health over and over; every answer is prompt. */
export async function healthyThroughout<T>(server: Server, action: () => Promise<T>): Promise<T> {
  let done = false;
  const running = action().finally(() => {
    done = true;
  });
  running.catch(() => undefined);
  while (!done) {
    await expectHealthy(server);
    await sleep(20);
  }
  await expectHealthy(server);
  return running;
}

export interface UsageBucket {
  readonly start: string;
  readonly stop: string;
  readonly toggles: Readonly<
    Record<string, { readonly yes: number; readonly no: number; readonly variants: Readonly<Record<string, number>> }>
  >;
}

/** The buckets received upstream so far. */
export const usageOf = (upstream: Upstream): UsageBucket[] =>
  upstream.of('metrics').map(({ body }) => (JSON.parse(body) as { bucket: UsageBucket }).bucket);

export const metricsBody = (toggles: unknown): unknown => ({
  appName: 'web',
  instanceId: 'browser',
  bucket: { start: '2026-01-01T00:00:00.000Z', stop: '2026-01-01T00:01:00.000Z', toggles },
});
