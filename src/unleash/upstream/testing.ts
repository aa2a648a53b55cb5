import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import type { SendUpstream, UpstreamRequest } from '../../http/upstream/types.ts';
import type { Identity } from './identity.ts';

/** A clock that stands still until it is moved. */
export class ManualTimers implements Timers {
  nowMs = 1_000_000;
  #pending: { readonly atMs: number; readonly run: () => void }[] = [];

  now = (): number => this.nowMs;

  set = (run: () => void, ms: number): (() => void) => {
    const entry = { atMs: this.nowMs + ms, run };
    this.#pending.push(entry);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== entry);
    };
  };

  /** Waits that are set, in milliseconds from now. */
  get delays(): number[] {
    return this.#pending.map(({ atMs }) => atMs - this.nowMs);
  }

  /** Moves on, running what comes due in order and letting its promises settle. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const [next] = this.#pending.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#pending = this.#pending.filter((entry) => entry !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.nowMs = untilMs;
  }
}

/** Lets everything that only waits for promises go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** One scripted answer: a status with headers and body, or an error to reject with. */
export type Scripted = Error | { status: number; headers?: Record<string, string>; body?: string };

/** An upstream that answers from a script, its last line over and over. Keeps what it was asked. */
export function scriptedUpstream(...script: Scripted[]): { send: SendUpstream; requests: UpstreamRequest[] } {
  const requests: UpstreamRequest[] = [];
  const send: SendUpstream = async (request) => {
    const answer = script[Math.min(requests.length, script.length - 1)] as Scripted;
    requests.push(request);
    if (answer instanceof Error) throw answer;
    return {
      status: answer.status,
      header: (name) => answer.headers?.[name],
      body: new TextEncoder().encode(answer.body ?? ''),
    };
  };
  return { send, requests };
}

/** A logger that keeps its lines as `level message`. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (message: unknown) => {
    lines.push(`${level} ${message instanceof Error ? `${message.name}: ${message.message}` : String(message)}`);
  };
  return {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    fatal: keep('fatal'),
  };
}

export const testIdentity: Identity = {
  appName: 'my-app',
  instanceId: 'inst-1',
  connectionId: 'connection',
  sdkVersion: 'halyard:1.0.0',
  token: 'secret-token',
  platformName: 'node',
  platformVersion: '20.0.0',
};
