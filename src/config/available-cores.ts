import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Where Linux shows control groups, and which ones this process is in. */
const groupsFolder = '/sys/fs/cgroup';
const ownGroups = '/proc/self/cgroup';

/**
 * How many cores this process may keep busy: those that it may run on, and no more than the CPU time that its container is
 * given, rounded down. A limit of two CPUs on a machine with 64 means two: with 64 workers each would get a 32nd of a core.
 *
 * @param cores those that it may run on
 * @param read gives a file's text, or throws
 */
export function availableCores(
  cores: number = availableParallelism(),
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): number {
  const text = (path: string): string => {
    try {
      return read(path);
    } catch {
      return '';
    }
  };
  const quotas = [...folders(text(ownGroups))].map(([version, folder]) =>
    version === 2
      ? share(text(`${folder}/cpu.max`))
      : share(`${text(`${folder}/cpu.cfs_quota_us`)} ${text(`${folder}/cpu.cfs_period_us`)}`),
  );
  return Math.max(1, Math.floor(Math.min(cores, ...quotas)));
}

/** Folders of the groups that share out CPU time, from the innermost to the outermost: each may have a limit. */
function* folders(groups: string): Generator<[version: 1 | 2, folder: string]> {
  for (const line of groups.split('\n')) {
    const [number, controllers = '', ...rest] = line.split(':');
    const isSecond = number === '0' && controllers === '';
    if (!isSecond && !controllers.split(',').includes('cpu')) continue;
    const root = isSecond ? groupsFolder : `${groupsFolder}/cpu`;
    const parts = rest.join(':').split('/').filter(Boolean);
    for (let depth = parts.length; depth >= 0; depth--) {
      yield [isSecond ? 2 : 1, [root, ...parts.slice(0, depth)].join('/')];
    }
  }
}

/** CPU time per time, both in microseconds: `200000 100000` is two cores; `max` and `-1` are no limit. */
function share(text: string): number {
  const [quota = Number.NaN, period = Number.NaN] = text.trim().split(/\s+/).map(Number);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}
