import { systemTimers } from '../operations/system-timers.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import type { ToggleSource } from '../unleash/proxy/toggle-source.ts';
import { type AnsweringService, BuiltInClient } from './built-in-client.ts';
import { ClientSource } from './client-source.ts';
import type { IClient } from './client-types.ts';
import type { ProxyModeParts } from './operator/proxy-mode.ts';

/** What a running proxy hands out for looking into it and for ending it. */
export interface ProxyHandle {
  /** What answers: the built-in client, or the one that was given. */
  readonly client: IClient;
  /** Resolves when requests are answered for the first time. */
  readonly ready: Promise<void>;
  /**
   * Ends what was started: fetching, and listening where there is a listener. Sends the usage that is left. A client
   * that was given stays untouched.
   */
  close(): Promise<void>;
}

/** The part of a proxy that knows the answers, before anything runs. */
export interface Answering {
  readonly client: IClient;
  readonly source: ToggleSource;
  /** What operator tools look at; undefined where answers come from somebody else's client. */
  readonly service: ProxyModeParts | undefined;
  readonly ready: Promise<void>;
  /** Aborted when it is stopped. */
  readonly stopping: AbortSignal;
  start(): void;
  stop(): Promise<void>;
}

/**
 * Answers from a client that was given, or from a built-in one of its own.
 *
 * @param create makes what the built-in one answers from, instead of fetching
 */
export function createAnswering(
  config: IProxyConfig,
  given: IClient | undefined,
  create?: (config: IProxyConfig) => AnsweringService,
): Answering {
  const stop = new AbortController();
  const own = given === undefined ? new BuiltInClient(config, create) : undefined;
  const client = own ?? (given as IClient);
  const source =
    client instanceof BuiltInClient
      ? client
      : new ClientSource(client, {
          logger: config.logger,
          limitMs: config.enricherTimeoutMs,
          setTimer: systemTimers.set,
        });
  return {
    client,
    source: source instanceof BuiltInClient ? source.source : source,
    service: client instanceof BuiltInClient ? client.service : undefined,
    ready: source.ready,
    stopping: stop.signal,
    start: () => void own?.start(),
    async stop() {
      stop.abort();
      await own?.destroy(config.shutdownTimeoutMs);
    },
  };
}
