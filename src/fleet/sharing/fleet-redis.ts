import type { Cluster, Redis } from 'ioredis';
import type { FleetSettings } from '../../flags/fleet-settings.ts';
import { openLastingRedis } from '../../store/redis/lasting.ts';
import type { RedisSettings } from '../../store/redis/settings.ts';
import { redisTarget } from '../../store/redis/target.ts';

/** For each command. Answers may have many megabytes. */
const timeoutMs = 5_000;
/** Commands before the first connection wait for it this long. */
const firstConnectionMs = 2_000;
const lookMs = 20;

/** The fleet's Redis, as one member is connected to it. */
export interface FleetRedis {
  /** Begins all keys. */
  readonly name: string;
  readonly commands: Redis | Cluster;
  /** Calls back for everything that is said on a channel, and each time that it is heard again after a while without. */
  subscribe(channel: string, listener: (text: string) => void, onHeardAgain?: () => void): void;
  /** Resolves when there is a connection, or has been none for a while after the start. */
  connected(): Promise<void>;
  close(): void;
}

/** Connects to the fleet's Redis. @throws RedisSettingsError when the URLs cannot work, whatever the servers say */
export function openFleetRedis({ redisUrls, name }: FleetSettings, random: () => number): FleetRedis {
  const settings: RedisSettings = {
    urls: redisUrls,
    secure: false,
    scheme: 'redis',
    mode: redisUrls.length > 1 ? 'cluster' : 'single',
    readTimeoutMs: timeoutMs,
    writeTimeoutMs: timeoutMs,
    limitBytes: Number.MAX_SAFE_INTEGER,
  };
  const { commands, messages, close } = openLastingRedis(redisTarget(settings), settings, timeoutMs, random);
  let first: Promise<void> | undefined;
  const connection = async () => {
    const isThere = () => commands.status === 'ready' && messages.status === 'ready';
    for (let waitedMs = 0; waitedMs < firstConnectionMs && !isThere(); waitedMs += lookMs) {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  };
  return {
    name,
    commands,
    subscribe(channel, listener, onHeardAgain) {
      let wasHeard = false;
      const subscribed = () => {
        if (wasHeard) onHeardAgain?.();
        wasHeard = true;
      };
      // A connection that breaks meanwhile is ready again later.
      messages.on('ready', () => void messages.subscribe(channel).then(subscribed, () => undefined));
      messages.on('message', (from: string, text: string) => {
        if (from === channel) listener(text);
      });
    },
    connected() {
      first ??= connection();
      return first;
    },
    close,
  };
}
