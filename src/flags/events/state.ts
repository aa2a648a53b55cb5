import type { LogEvent } from './log-event.ts';

/** State kept between runs. */
export const stateEvents = {
  storeUnusable: {
    code: 'HALYARD-3001',
    level: 'error',
    when: 'The place for state cannot be used. Nothing is kept.',
    action: 'Check folder, bucket or address, and rights.',
  },
  stateTaken: {
    code: 'HALYARD-3002',
    level: 'info',
    when: 'State of an earlier run was taken at the start.',
    action: 'Nothing.',
  },
  stateServed: {
    code: 'HALYARD-3003',
    level: 'warn',
    when: 'Upstream does not answer. Definitions of an earlier run are served.',
    action: 'Check upstream.',
  },
  stateUnreadable: {
    code: 'HALYARD-3004',
    level: 'warn',
    when: 'The store could not be read at the start.',
    action: 'Check the store. Without it a start needs upstream.',
  },
  stateUnusable: {
    code: 'HALYARD-3005',
    level: 'warn',
    when: 'What an earlier run kept cannot be used.',
    action: 'Nothing: it is written anew with the next change.',
  },
  stateNotKept: {
    code: 'HALYARD-3006',
    level: 'warn',
    when: 'State could not be written to the store. Serving goes on.',
    action: 'Check the store.',
  },
  stateKeptAgain: {
    code: 'HALYARD-3007',
    level: 'info',
    when: 'State is written to the store again, after failures.',
    action: 'Nothing.',
  },
  backupNotKept: {
    code: 'HALYARD-3008',
    level: 'error',
    when: 'The backup of Unleash Proxy mode could not be written or read. Serving goes on.',
    action: 'Check that the temporary directory is writable.',
    original: true,
  },
  bootstrapUnusable: {
    code: 'HALYARD-3009',
    level: 'warn',
    when: 'The bootstrap of Unleash Proxy mode cannot be used.',
    action: 'Correct the file or address.',
  },
  bootstrapFileUnusable: {
    code: 'HALYARD-3010',
    level: 'error',
    when: 'The bootstrap file of offline mode changed and cannot be used. The definitions before it stay.',
    action: 'Correct the file.',
  },
  fileNotWatched: {
    code: 'HALYARD-3011',
    level: 'warn',
    when: 'The system cannot watch a file of definitions. It is looked at in intervals instead.',
    action: 'Nothing, or raise the limits fs.inotify.max_user_instances and fs.inotify.max_user_watches.',
  },
  bootstrapFileUsableAgain: {
    code: 'HALYARD-3012',
    level: 'info',
    when: 'The bootstrap file of offline mode can be used again, and is served.',
    action: 'Nothing.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
