import type { Logger } from '../../../flags/logger.ts';
import type { Timers } from '../../../flags/timers.ts';
import type { UpstreamRequest, UpstreamResponse } from '../../../http/upstream/types.ts';
import { UpstreamError } from '../../../http/upstream/types.ts';
import type { EdgeToken, EdgeUpstreamAccess, Reporter } from '../types.ts';
import { createEdgeMetrics, type RunningEdgeMetrics } from './edge-metrics.ts';
import type { MetricsLimits } from './limits.ts';

/** A clock for tests: time stands still until it is turned. */
export class TestTimers implements Timers {
  #nowMs: number;
  #next = 0;
  readonly #timers = new Map<number, { atMs: number; run: () => void }>();

  constructor(nowMs = Date.parse('2024-01-01T10:00:00Z')) {
    this.#nowMs = nowMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly set = (run: () => void, ms: number): (() => void) => {
    const id = this.#next++;
    this.#timers.set(id, { atMs: this.#nowMs + ms, run });
    return () => this.#timers.delete(id);
  };

  /** Waits that are pending, in milliseconds from now, shortest first. */
  pending(): number[] {
    return Array.from(this.#timers.values(), ({ atMs }) => atMs - this.#nowMs).sort((a, b) => a - b);
  }

  /** Turns the clock, and lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= endMs).sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.#nowMs = Math.max(this.#nowMs, due[1].atMs);
      due[1].run();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

/** Lets pending promises run to their end. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** Remembers what was logged. */
export class TestLogger implements Logger {
  readonly lines: string[] = [];
  readonly debug = (message: unknown): void => void this.lines.push(`debug ${message}`);
  readonly info = (message: unknown): void => void this.lines.push(`info ${message}`);
  readonly warn = (message: unknown): void => void this.lines.push(`warn ${message}`);
  readonly error = (message: unknown): void => void this.lines.push(`error ${message}`);
  readonly fatal = (message: unknown): void => void this.lines.push(`fatal ${message}`);
}

/** An upstream that answers as it is told to and remembers what it was sent. */
export class TestUpstream {
  readonly requests: { url: string; headers: Record<string, string>; body: string }[] = [];
  /** A status, or `network` for no answer. Called per request. */
  answer: (body: string) => number | 'network' = () => 202;
  tokens: Record<string, string> = { development: 'development-token' };
  startup: string | undefined = 'startup-token';

  get access(): EdgeUpstreamAccess {
    const base = 'http://upstream/api/client';
    return {
      send: (request) => this.#send(request),
      urls: {
        features: `${base}/features`,
        register: `${base}/register`,
        metrics: `${base}/metrics`,
        bulk: `${base}/metrics/bulk`,
        instances: `${base}/metrics/edge`,
        delta: `${base}/delta`,
        streaming: `${base}/streaming`,
        validate: 'http://upstream/edge/validate',
      },
      headers: (token, intervalMs) => ({ Authorization: token ?? '', 'Unleash-Interval': String(intervalMs) }),
      timeoutMs: 5_000,
      limitBytes: 1_000_000,
      refreshToken: (environment) => this.tokens[environment],
      startupToken: () => this.startup,
    };
  }

  async #send({ url, headers, body = '' }: UpstreamRequest): Promise<UpstreamResponse> {
    this.requests.push({ url, headers: { ...headers }, body });
    const status = this.answer(body);
    if (status === 'network') throw new UpstreamError('network', 'nobody there');
    return { status, body: Buffer.from('answer'), header: () => undefined };
  }
}

/** Somebody who reports with a token of an environment. */
export function reporter(environment: string | null, headers: Readonly<Record<string, string>> = {}): Reporter {
  const token: EdgeToken = { token: '*:e.s', type: 'client', environment, projects: ['*'], status: 'Validated' };
  return { token, headerToken: { ...token, projects: ['header'] }, header: (name) => headers[name] };
}

const identity = {
  appName: 'edge-name',
  instanceId: 'edge-instance',
  connectionId: '01J',
  edgeVersion: '19.15.1',
  startedAtMs: Date.parse('2024-01-01T09:00:00Z'),
};

/** Metrics of a process whose world a test holds. */
export function createTestMetrics(world: {
  /** Undefined: offline. */
  readonly upstream: TestUpstream | undefined;
  readonly timers: TestTimers;
  readonly logger: Logger;
  readonly limits?: MetricsLimits | undefined;
}): RunningEdgeMetrics {
  return createEdgeMetrics({
    access: world.upstream?.access,
    identity,
    intervalMs: 60_000,
    hosting: 'self-hosted',
    region: null,
    connectedStreams: () => 3,
    processUsage: () => ({ cpuSeconds: 1.5, residentBytes: 1000 }),
    timers: world.timers,
    random: () => 0,
    logger: world.logger,
    limits: world.limits,
  });
}

/** Counts of one flag, as vectors give them. */
export interface Counts {
  readonly app?: string;
  readonly feature?: string;
  readonly env?: string;
  readonly ts?: string;
  readonly yes?: number;
  readonly no?: number;
  readonly variants?: Readonly<Record<string, number>>;
}

/** An SDK's report of one flag. */
export const report = ({
  app = 'a',
  feature = 'f',
  ts = '2024-01-01T10:00:00Z',
  yes = 0,
  no = 0,
  variants = {},
}: Counts) => ({
  appName: app,
  bucket: { start: ts, stop: ts, toggles: { [feature]: { yes, no, variants } } },
});
