import { fileURLToPath } from 'node:url';
import type { StateStore } from '../../flags/state-store.ts';
import { createFolderStore, folderProblem } from '../../store/folder-store.ts';

/** The setting of the store cannot work. The message holds no credential. */
export class StateSettingError extends Error {
  override readonly name = 'StateSettingError';
}

const timeoutMs = 10_000;

/**
 * Opens the store that `HALYARD_FLAGSMITH_STATE` names: a folder (also as `file://`), Redis by any of its URLs, several
 * of them separated by commas for a Cluster, or `s3://bucket`, with `?path-style` where the server wants the bucket in
 * the path. Redis and S3 are loaded only when asked for.
 *
 * @param onUnusable told when nothing can be kept in the folder. Not fatal: documents are served all the same, and a disk
 * that became read-only must not end what needs it for the next start only
 *
 * @throws StateSettingError, RedisSettingsError
 */
export async function openFlagsmithStore(
  setting: string,
  limitBytes: number,
  onUnusable: (problem: string) => void,
): Promise<StateStore> {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(setting) ?? [];
  if (scheme === '' || scheme.toLowerCase() === 'file') {
    return openFolder(setting, scheme !== '', limitBytes, onUnusable);
  }
  if (scheme.toLowerCase() === 's3') {
    const { hostname: bucket, searchParams } = new URL(setting);
    if (bucket === '') throw new StateSettingError('HALYARD_FLAGSMITH_STATE names no bucket');
    const { createS3Store } = await import('../../store/s3/s3-store.ts');
    return createS3Store({ bucket, forcePathStyle: searchParams.has('path-style'), timeoutMs, limitBytes });
  }
  const urls = setting.split(/,(?=[a-z][a-z0-9+.-]*:\/\/)/i);
  const { createRedisStore } = await import('../../store/redis/redis-store.ts');
  return createRedisStore({
    urls,
    secure: false,
    scheme: 'redis',
    mode: urls.length > 1 ? 'cluster' : 'single',
    readTimeoutMs: timeoutMs,
    writeTimeoutMs: timeoutMs,
    limitBytes,
  });
}

async function openFolder(
  setting: string,
  isUrl: boolean,
  limitBytes: number,
  onUnusable: (problem: string) => void,
): Promise<StateStore> {
  const folder = isUrl ? fileURLToPath(setting) : setting;
  const problem = await folderProblem(folder);
  if (problem !== undefined) onUnusable(`HALYARD_FLAGSMITH_STATE: ${problem}`);
  return createFolderStore({ folder, limitBytes });
}
