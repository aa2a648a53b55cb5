import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import type { CollectedFamily } from '../edge-prometheus.ts';
import { snappyBlock } from './snappy.ts';
import { writeRequest } from './write-request.ts';

/** What pushing needs. */
export interface PusherOptions {
  readonly url: string;
  readonly intervalMs: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Put on every series. */
  readonly labels: Readonly<Record<string, string>>;
  readonly collect: () => readonly CollectedFamily[];
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly logger: Logger;
}

const answerLimitBytes = 64 * 1024;

/**
 * Pushes all figures to a Prometheus in intervals. One push is under way at a time; failures are logged, and the next
 * push brings newer figures.
 *
 * Source: Unleash Edge specification 22.4.
 */
export class RemoteWritePusher {
  readonly #options: PusherOptions;
  #cancelNext: () => void = () => {};
  #stopped = false;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Starts the intervals; the first push is one interval from now. */
  start(): void {
    this.#cancelNext = this.#options.timers.set(() => {
      void this.push().then(() => {
        if (!this.#stopped) this.start();
      });
    }, this.#options.intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelNext();
  }

  /** Pushes once. Never rejects. */
  async push(): Promise<void> {
    const { url, username, password, labels, collect, send, timeoutMs, timers, logger } = this.#options;
    const headers: Record<string, string> = {
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
    };
    if (username !== undefined) {
      headers.Authorization = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
    }
    try {
      const bytes = snappyBlock(writeRequest(collect(), labels, timers.now()));
      const { status } = await send({ method: 'POST', url, headers, bytes, timeoutMs, limitBytes: answerLimitBytes });
      if (status < 200 || status > 299)
        tell(logger, logEvents.metricsNotPushed, `Metrics could not be pushed: the receiver says ${status}`);
    } catch (error) {
      tell(logger, logEvents.metricsNotPushed, `Metrics could not be pushed: ${(error as Error).message}`);
    }
  }
}
