import { hostname } from 'node:os';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { alone, type Fleet } from '../fleet/fleet.ts';
import { ProxyFollower, shareProxy } from '../fleet/proxy.ts';
import { addFigures } from '../operations/figures.ts';
import { systemSlicing } from '../operations/slicing.ts';
import { systemTimers } from '../operations/system-timers.ts';
import { followPath } from '../store/follow-path.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createProxyCore } from '../unleash/proxy/core.ts';
import { assembleProxy, renderPrometheus } from './assemble.ts';
import { tellingOfLostStreams } from './lost-streams.ts';
import { attachOfrep, createOfrepFor } from './ofrep/attach.ts';
import { attachOperator } from './operator/attach.ts';
import { proxyMode } from './operator/proxy-mode.ts';

/** A running server whose definitions come from a file. */
export interface FileServer {
  /** The port in use; undefined on a socket path. */
  readonly port: number | undefined;
  /** Flags held now. */
  readonly flagCount: () => number;
  close(): Promise<void>;
}

/** What {@link serveFile} tells about the file after the start. */
export interface FileEvents {
  /** The file has changed and is in use. */
  readonly onReload: (flagCount: number) => void;
  /** The file has changed and cannot be used: the last good state stays. */
  readonly onProblem: (error: unknown) => void;
}

const lookIntervalMs = 500;

/**
 * Serves the Unleash Proxy API from a file with a `client/features` document, and follows its changes. Nothing is
 * fetched and nothing reported: there is no upstream. Usage is counted within its bounds and shown in the metrics.
 *
 * @throws when the file cannot be used at the start, or the system's error when it cannot listen
 */
export async function serveFile(
  config: IProxyConfig,
  path: string,
  events: FileEvents,
  fleet: Fleet = alone,
): Promise<FileServer> {
  const core = createProxyCore(config, {
    timers: systemTimers,
    random: Math.random,
    hostname: process.env.HOSTNAME || hostname(),
    ...systemSlicing,
  });
  const flagCount = () => core.slot.current?.model.set.flags.length ?? 0;
  const file = followPath(path, {
    accept: async (text) => {
      await core.loader.load(JSON.parse(text), 'file');
      if (core.slot.current !== undefined && core.slot.current.revision > 1) events.onReload(flagCount());
    },
    onProblem: events.onProblem,
    onUnwatched: (error) =>
      tell(
        config.logger,
        logEvents.fileNotWatched,
        `${path} cannot be watched: ${error instanceof Error ? error.message : String(error)}. Looking at it every ${lookIntervalMs} ms instead`,
      ),
    schedule: systemTimers.set,
    intervalMs: lookIntervalMs,
  });
  const { primary } = fleet;
  const follower = primary && new ProxyFollower(core, primary, events.onProblem);
  if (follower === undefined) await file.start();
  else fleet.before?.(() => follower.settled());
  fleet.share?.(shareProxy(core));
  const stop = new AbortController();
  stop.signal.addEventListener('abort', addFigures({ ...core, environmentName: config.environment }));
  fleet.figures.expose('proxy', renderPrometheus);
  const onError = (error: unknown) => tell(config.logger, logEvents.requestFailed, error);
  const proxy = assembleProxy(config, core.source, { stopping: stop.signal });
  const ofrep = createOfrepFor(proxy.ofrep);
  const handler = attachOperator(attachOfrep(proxy.handler, ofrep), {
    settings: config.operator,
    basePath: config.proxyBasePath,
    modes: [proxyMode('demo', config, core)],
    onError,
  });
  const listening = await fleet
    .listen(handler, { port: config.port, host: config.host, http: config.http, onError })
    .then((server) => tellingOfLostStreams(server, config.logger))
    .catch((error) => {
      file.stop();
      stop.abort();
      throw error;
    });
  return {
    port: listening.port,
    flagCount,
    async close() {
      file.stop();
      ofrep?.close();
      await listening.close(config.shutdownTimeoutMs);
      await fleet.figures.keep();
      await follower?.stop();
      stop.abort();
    },
  };
}
