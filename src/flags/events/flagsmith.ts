import type { LogEvent } from './log-event.ts';

/**
 * Flagsmith. The names are the events of its log lines, two of them the original's; the code stands beside them.
 */
export const flagsmithEvents = {
  error_fetching_document: {
    code: 'HALYARD-7001',
    level: 'error',
    when: 'An environment could not be fetched. The document before it stays.',
    action: 'Check that the Flagsmith API runs, and the server key.',
    original: true,
  },
  'environment document fetched again': {
    code: 'HALYARD-7002',
    level: 'info',
    when: 'An environment could be fetched again after failures.',
    action: 'Nothing.',
  },
  document_issue: {
    code: 'HALYARD-7003',
    level: 'warn',
    when: 'A part of an environment cannot be used. It is named.',
    action: 'Correct the feature or segment in Flagsmith.',
  },
  document_issues_untold: {
    code: 'HALYARD-7004',
    level: 'warn',
    when: 'An environment has more such parts than are told one by one.',
    action: 'Correct those that were told first.',
  },
  error_fetching_proxy_config: {
    code: 'HALYARD-7005',
    level: 'error',
    when: 'The list of environments for HALYARD_FLAGSMITH_PROXY_KEY could not be fetched.',
    action: 'Check that the Flagsmith API runs, and the proxy key.',
  },
  realtime_stream_failed: {
    code: 'HALYARD-7006',
    level: 'warn',
    when: 'A realtime stream broke or could not be opened. It is opened again; polling goes on.',
    action: 'Check HALYARD_FLAGSMITH_REALTIME_URL, and whether a proxy between cuts long requests.',
  },
  kept_document_unusable: {
    code: 'HALYARD-7007',
    level: 'error',
    when: 'An environment that an earlier run kept cannot be used.',
    action: 'Nothing: it is written anew with the next change.',
  },
  kept_documents_unusable: {
    code: 'HALYARD-7008',
    level: 'error',
    when: 'The store could not be read at the start.',
    action: 'Check HALYARD_FLAGSMITH_STATE. Without it a start needs the Flagsmith API.',
  },
  document_not_kept: {
    code: 'HALYARD-7009',
    level: 'error',
    when: 'An environment could not be written to the store. Serving goes on.',
    action: 'Check the store.',
  },
  document_age_not_kept: {
    code: 'HALYARD-7010',
    level: 'warn',
    when: 'The age of an environment could not be written to the store.',
    action: 'Check the store. After a restart the environment may seem older than it is.',
  },
  analytics_refused: {
    code: 'HALYARD-7011',
    level: 'warn',
    when: 'The Flagsmith API refuses usage of flags. It is dropped.',
    action: 'Check the status in the line, and the client key.',
  },
  analytics_not_delivered: {
    code: 'HALYARD-7012',
    level: 'warn',
    when: 'Usage of flags could not be sent.',
    action: 'Check the Flagsmith API when it goes on.',
  },
  usage_refused: {
    code: 'HALYARD-7013',
    level: 'warn',
    when: 'The Flagsmith API refuses counts of requests.',
    action: 'Check the status in the line.',
  },
  usage_not_delivered: {
    code: 'HALYARD-7014',
    level: 'warn',
    when: 'Counts of requests could not be sent.',
    action: 'Check the Flagsmith API when it goes on.',
  },
  evaluations_sent_as_counts: {
    code: 'HALYARD-7015',
    level: 'info',
    when: 'The Flagsmith API is too old for single evaluations. Counts are sent instead.',
    action: 'Nothing.',
  },
  document_not_taken: {
    code: 'HALYARD-7016',
    level: 'error',
    when: 'A worker could not use a document that its primary holds. The document before it stays.',
    action: 'Report it with the reason in the line: the primary took the same document.',
  },
  streams_lost: {
    code: 'HALYARD-7017',
    level: 'info',
    when: 'Streams were ended whose clients confirm nothing any more (vanished), or take nothing (stalled).',
    action: 'Nothing, if they are few: machines lose power and networks. Many at once: look at the network.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;

/** An event of Flagsmith's log lines. */
export type FlagsmithEventName = keyof typeof flagsmithEvents;

/** By name, for the lines. */
export const flagsmithEventsByName: ReadonlyMap<string, LogEvent> = new Map(Object.entries(flagsmithEvents));
