import { watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { FollowedFile, type FollowedFileOptions } from './followed-file.ts';
import { PathWatch, type WatchFolder } from './path-watch.ts';

/** How a file on disk is followed. */
export interface FollowPathOptions
  extends Pick<FollowedFileOptions, 'accept' | 'onProblem' | 'schedule' | 'intervalMs'> {
  /** Told once when the system cannot watch the file. It is looked at in intervals all the same. */
  readonly onUnwatched: (error: unknown) => void;
}

/** Follows a text file on disk: watches it and looks at it in intervals. Nothing happens before `start()`. */
export function followPath(path: string, options: FollowPathOptions): FollowedFile {
  const { onUnwatched, ...following } = options;
  return new FollowedFile({
    ...following,
    stamp: async () => {
      const { mtimeMs, ctimeMs, size, ino } = await stat(path);
      return [mtimeMs, ctimeMs, size, ino].join(' ');
    },
    read: () => readFile(path, 'utf8'),
    watch: (onEvent) => new PathWatch({ path, watchFolder, onEvent, onProblem: onUnwatched }),
  });
}

const watchFolder: WatchFolder = (folder, onEvent, onError) =>
  watch(folder, { persistent: false }, onEvent).on('error', onError);
