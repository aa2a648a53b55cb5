import { randomUUID } from 'node:crypto';
import type { LogEvent } from '../../flags/events/log-event.ts';
import type { FleetSettings } from '../../flags/fleet-settings.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import type { ChooseSharing } from './conversation.ts';
import { SharedUpstream } from './shared-upstream.ts';

/** Upstream as one program sees it: alone, or through its fleet. */
export interface JoinedUpstream {
  readonly send: SendUpstream;
  /** Calls back when another member got something new. */
  onChanged(listener: () => void): void;
  /** Leaves the fleet. Exchanges after that are this program's own. */
  close(): void;
}

/** How one program takes part. */
export interface JoinOptions {
  readonly send: SendUpstream;
  /** Undefined for a program without a fleet. */
  readonly settings: FleetSettings | undefined;
  readonly choose: ChooseSharing;
  readonly instanceIsCredential: boolean;
  readonly warn: (event: LogEvent, message: string) => void;
}

/** Takes part in a fleet where the settings name one. Redis is loaded only then. @throws RedisSettingsError */
export async function joinUpstream(options: JoinOptions): Promise<JoinedUpstream> {
  const { settings, send } = options;
  if (settings === undefined) return { send, onChanged: () => undefined, close: () => undefined };
  const { openRedisMemory } = await import('./redis-memory.ts');
  return new SharedUpstream({
    ...options,
    memory: openRedisMemory(settings, Math.random),
    memberId: randomUUID(),
    timers: systemTimers,
    random: Math.random,
  });
}

/** Joins at the first exchange: for programs that are put together in one go. */
export function joinUpstreamLater(options: JoinOptions): JoinedUpstream {
  if (options.settings === undefined) return { send: options.send, onChanged: () => undefined, close: () => undefined };
  const listeners: (() => void)[] = [];
  let isClosed = false;
  let joining: Promise<JoinedUpstream> | undefined;
  const join = async () => {
    const joined = await joinUpstream(options);
    joined.onChanged(() => {
      for (const listener of listeners) listener();
    });
    if (isClosed) joined.close();
    return joined;
  };
  return {
    async send(request) {
      joining ??= join();
      return (await joining).send(request);
    },
    onChanged: (listener) => void listeners.push(listener),
    close() {
      isClosed = true;
      void joining?.then((joined) => joined.close());
    },
  };
}
