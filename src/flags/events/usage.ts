import type { LogEvent } from './log-event.ts';

/** Usage and metrics. */
export const usageEvents = {
  usageKept: {
    code: 'HALYARD-5001',
    level: 'warn',
    when: 'Usage could not be sent upstream. It is kept for the next attempt.',
    action: 'Check upstream when it goes on.',
  },
  usageDropped: {
    code: 'HALYARD-5002',
    level: 'warn',
    when: 'Usage was dropped: upstream refuses it, or too much is waiting.',
    action: 'Check upstream. Counts there are too low for this time.',
  },
  usageCutOff: {
    code: 'HALYARD-5003',
    level: 'warn',
    when: 'A report of usage had absurdly large counts, and was cut off.',
    action: 'Find the client that sends it.',
  },
  metricsWait: {
    code: 'HALYARD-5004',
    level: 'debug',
    when: 'There is no token for the environment of some usage. It waits.',
    action: 'Nothing, if a client with a token comes.',
  },
  edgeReportRefused: {
    code: 'HALYARD-5005',
    level: 'debug',
    when: 'A report of a client was answered with an error.',
    action: 'Nothing, if it is seldom.',
  },
  instanceDataNotSent: {
    code: 'HALYARD-5006',
    level: 'debug',
    when: 'Data about this instance could not be sent upstream.',
    action: 'Nothing: not every upstream takes it.',
  },
  metricsNotPushed: {
    code: 'HALYARD-5007',
    level: 'warn',
    when: 'Metrics could not be pushed to PROMETHEUS_REMOTE_WRITE_URL.',
    action: 'Check the receiver, its address and credentials.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
