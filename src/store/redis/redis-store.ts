import { type StateStore, StateStoreError } from '../../flags/state-store.ts';
import { collect } from '../collect.ts';
import { withTimeLimit } from '../time-limit.ts';
import { type ConnectRedis, connectRedis, type RedisConnection } from './connect.ts';
import type { RedisSettings } from './settings.ts';
import { type RedisTarget, redisTarget } from './target.ts';

/**
 * Keeps each entry as one plain string under its name, as Unleash Edge does. State is touched about once a minute, so
 * every operation opens its own connection and drops it: nothing hangs, nothing queues up, and after a failover the
 * next operation finds whoever is in charge then.
 *
 * Source: Unleash Edge specification 17.3.
 *
 * @throws RedisSettingsError when the settings cannot work, whatever the servers say
 */
export function createRedisStore(settings: RedisSettings, connect: ConnectRedis = connectRedis): StateStore {
  const target = redisTarget(settings);
  const open = new Set<RedisConnection>();
  const label = labelOf(target);

  const using = async <Result>(
    timeoutMs: number,
    what: string,
    work: (connection: RedisConnection) => Promise<Result>,
  ): Promise<Result> => {
    const untilMs = Date.now() + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const leftMs = Math.max(1, untilMs - Date.now());
      const connection = connect(target, settings, leftMs);
      open.add(connection);
      try {
        return await withTimeLimit(work(connection), leftMs, what, timeoutMs);
      } catch (error) {
        if (attempt <= extraAttempts && isUnluckyStart(error) && Date.now() < untilMs) continue;
        throw problem(error, what, connection.reason(), secretsOf(target, settings));
      } finally {
        open.delete(connection);
        connection.drop();
      }
    }
  };

  return {
    label,
    load: (entry) =>
      using(settings.readTimeoutMs, `cannot read ${entry} from ${label}`, async (connection) => {
        const size = await connection.size(entry);
        if (size > settings.limitBytes) {
          throw new StateStoreError(`it has ${size} bytes, more than the ${settings.limitBytes} allowed`);
        }
        return (size === 0 ? undefined : await connection.get(entry)) ?? undefined;
      }),
    async save(entry, text) {
      const value = await collect(text, settings.limitBytes);
      await using(settings.writeTimeoutMs, `cannot write ${entry} to ${label}`, (connection) =>
        connection.set(entry, value),
      );
    },
    remove: (entry) =>
      using(settings.writeTimeoutMs, `cannot remove ${entry} from ${label}`, (connection) => connection.remove(entry)),
    async close() {
      for (const connection of open) connection.drop();
    },
  };
}

/** Enough to meet a living node of a cluster for all practical purposes. */
const extraAttempts = 5;

/** The client may give up on a cluster when the node that it happened to ask first is dead. */
function isUnluckyStart(error: unknown): boolean {
  return error instanceof Error && error.message.includes('None of startup nodes is available');
}

function labelOf(target: RedisTarget): string {
  const places = target.path ?? target.addresses.map(({ host, port }) => `${host}:${port}`).join(',');
  const how = target.mode === 'single' || target.mode === 'unix' ? '' : ` ${target.mode}`;
  return `Redis${how} ${places}${target.tls ? ' (TLS)' : ''}`;
}

/** Servers may repeat what they were sent, so their words are searched for the secrets. */
function secretsOf(target: RedisTarget, settings: RedisSettings): string[] {
  return [target.password, settings.sentinelPassword].filter(
    (secret) => secret !== undefined && secret !== '',
  ) as string[];
}

function problem(
  error: unknown,
  what: string,
  reason: string | undefined,
  secrets: readonly string[],
): StateStoreError {
  const own = error instanceof Error ? error.message : String(error);
  let text = own.startsWith(what) ? own : `${what}: ${own}`;
  if (reason !== undefined && !text.includes(reason)) text += ` (${reason})`;
  for (const secret of secrets) text = text.replaceAll(secret, '***');
  return new StateStoreError(text);
}
