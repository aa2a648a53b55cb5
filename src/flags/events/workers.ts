import type { LogEvent } from './log-event.ts';

/** Worker processes. */
export const workersEvents = {
  workerEnded: {
    code: 'HALYARD-6001',
    level: 'error',
    when: 'A worker ended unasked. It is replaced.',
    action: 'If it happens again, look for what the worker said before, and at memory limits.',
  },
  workerBack: {
    code: 'HALYARD-6002',
    level: 'warn',
    when: 'A worker that replaces another one listens.',
    action: 'Nothing.',
  },
  workerCannotStart: {
    code: 'HALYARD-6003',
    level: 'error',
    when: 'A worker cannot start.',
    action: 'Read the message.',
  },
  workersReplacing: {
    code: 'HALYARD-6004',
    level: 'warn',
    when: 'All workers are being replaced, one after the other, as asked.',
    action: 'Nothing.',
  },
  workerNotReplaced: {
    code: 'HALYARD-6005',
    level: 'error',
    when: 'A worker could not be replaced. The old one stays.',
    action: 'Read the message, and ask again.',
  },
  workersReplaced: {
    code: 'HALYARD-6006',
    level: 'warn',
    when: 'All workers were replaced.',
    action: 'Nothing.',
  },
  workersUnsupported: {
    code: 'HALYARD-6007',
    level: 'warn',
    when: 'Workers cannot be had here. One process serves.',
    action: 'Use HALYARD_RUNTIME=node, or a port.',
  },
  workerDocumentUnusable: {
    code: 'HALYARD-6008',
    level: 'error',
    when: 'A worker cannot use what the primary told it.',
    action: 'Report it: the primary has checked it.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
