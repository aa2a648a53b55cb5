import type { HttpHandler } from '../../http/types.ts';
import type { ServedSystem, SharedServer } from './system.ts';

/** What a server for several systems is made of. */
export interface SharedServerOptions {
  /** In the order in which they are asked whether a path is theirs. */
  readonly systems: readonly ServedSystem[];
  /** Answers what nobody calls its own; one of the systems. */
  readonly fallback: ServedSystem;
  /** Paths that several systems have, and who answers there for all of them. */
  readonly common?: ReadonlyMap<string, HttpHandler>;
  /** Stands in front of all of them; nothing does without it. */
  readonly inFront?: ((handler: HttpHandler) => HttpHandler) | undefined;
  /** Called when no new request is to come in. */
  readonly onClose?: (() => void) | undefined;
  /** Opens the port. Rejects with the system's error when that cannot be. */
  readonly listen: (
    handler: HttpHandler,
  ) => Promise<{ readonly port: number | undefined; close(graceMs: number): Promise<void> }>;
  /** Most time that each step of a stop takes. */
  readonly stopLimitMs: number;
}

/** Puts several systems on one port. What is down in one changes nothing in another. */
export function createSharedServer({
  systems,
  fallback,
  common = new Map(),
  inFront = (handler) => handler,
  onClose,
  listen,
  stopLimitMs,
}: SharedServerOptions): SharedServer {
  const asked = systems.filter((system) => system !== fallback);
  const handler: HttpHandler = (request) => {
    const { path } = request;
    for (let i = 0; i < asked.length; i++) {
      const system = asked[i] as ServedSystem;
      if (system.owns(path)) return system.handler(request);
    }
    return fallback.handler(request);
  };
  const shared = inFront(common.size === 0 ? handler : (request) => (common.get(request.path) ?? handler)(request));
  let listening: Awaited<ReturnType<typeof listen>> | undefined;
  let stopping = false;

  const stopAll = async (limitMs: number) => {
    await Promise.all(systems.map((system) => system.stop(limitMs)));
  };
  return {
    async start() {
      try {
        await Promise.all(systems.map((system) => system.start()));
        if (stopping) return undefined;
        listening = await listen(shared);
        // Closed in the meantime, when there was nothing yet to close.
        if (stopping) {
          await listening.close(0);
          return undefined;
        }
      } catch (error) {
        await stopAll(0);
        throw error;
      }
      return listening.port;
    },
    async close() {
      stopping = true;
      onClose?.();
      for (const system of systems) system.endStreams();
      await listening?.close(stopLimitMs);
      await stopAll(stopLimitMs);
    },
  };
}
