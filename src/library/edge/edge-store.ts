import type { CliValues } from '../../config/command-line.ts';
import { edgeOptions } from '../../config/edge-options.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { StateStore } from '../../flags/state-store.ts';
import { createFolderStore, folderProblem } from '../../store/folder-store.ts';

/** Settings of edge mode. */
export type EdgeSettings = CliValues<typeof edgeOptions>;

const s3TimeoutMs = 10_000;

/**
 * The store that the settings ask for; undefined for none. Redis and S3 are loaded only when asked for.
 *
 * Source: Unleash Edge specification 17.
 *
 * @throws Error when the settings of the store cannot work
 */
export async function openStateStore(settings: EdgeSettings, logger: Logger): Promise<StateStore | undefined> {
  const limitBytes = settings.stateLimitBytes;
  const { backupFolder } = settings;
  // First: a host may be given beside the others, and wins in the original.
  if (asksForRedis(settings)) return openRedis(settings, limitBytes);
  if (backupFolder !== undefined) {
    const problem = await folderProblem(backupFolder);
    // Not fatal, as in the original: flags are served all the same.
    if (problem !== undefined) tell(logger, logEvents.storeUnusable, `No state is kept: ${problem}`);
    return createFolderStore({ folder: backupFolder, limitBytes });
  }
  if (settings.s3BucketName !== undefined) {
    const { createS3Store } = await import('../../store/s3/s3-store.ts');
    return createS3Store({
      bucket: settings.s3BucketName,
      forcePathStyle: settings.s3ForcePathStyle,
      timeoutMs: s3TimeoutMs,
      limitBytes,
    });
  }
  return undefined;
}

async function openRedis(settings: EdgeSettings, limitBytes: number): Promise<StateStore> {
  const { createRedisStore } = await import('../../store/redis/redis-store.ts');
  return createRedisStore({
    urls: settings.redisUrl,
    host: settings.redisHost,
    port: settings.redisPort,
    username: settings.redisUsername,
    password: settings.redisPassword,
    secure: settings.redisSecure,
    scheme: settings.redisScheme,
    mode: settings.redisMode,
    sentinelMaster: settings.redisSentinelMaster,
    sentinelUsername: settings.redisSentinelUsername,
    sentinelPassword: settings.redisSentinelPassword,
    readTimeoutMs: settings.redisReadTimeoutMs,
    writeTimeoutMs: settings.redisWriteTimeoutMs,
    limitBytes,
  });
}

/** Any of these without an address is a mistake that has to be said, not a start without a store. */
function asksForRedis(settings: EdgeSettings): boolean {
  const { redisUrl, redisSecure, redisScheme, redisMode, redisReadTimeoutMs, redisWriteTimeoutMs } = settings;
  const texts = [
    settings.redisHost,
    settings.redisPort,
    settings.redisUsername,
    settings.redisPassword,
    settings.redisSentinelMaster,
    settings.redisSentinelUsername,
    settings.redisSentinelPassword,
  ];
  if (redisUrl.length > 0 || redisSecure || texts.some((text) => text !== undefined)) return true;
  const { redisReadTimeoutMs: read, redisWriteTimeoutMs: write } = edgeOptions;
  const hasOwnLimits = redisReadTimeoutMs !== read.fallback || redisWriteTimeoutMs !== write.fallback;
  return redisScheme !== 'redis' || redisMode !== 'single' || hasOwnLimits;
}
