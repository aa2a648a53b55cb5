import type { LogEvent } from './log-event.ts';

/** Fetching from upstream. */
export const upstreamEvents = {
  fetchFailed: {
    code: 'HALYARD-2001',
    level: 'error',
    when: 'Definitions could not be fetched. Those that there are stay.',
    action: 'Check that upstream runs and can be reached.',
    original: true,
  },
  fetchRefused: {
    code: 'HALYARD-2002',
    level: 'error',
    when: 'Upstream refuses the token or, with GitLab, the instance id.',
    action: 'Check the credential. Halyard goes on trying, ever more seldom.',
    original: true,
  },
  fetchPostponed: {
    code: 'HALYARD-2003',
    level: 'warn',
    when: 'Upstream answered with a status that says "later", or could not be reached. Halyard waits longer.',
    action: 'Check upstream when it goes on.',
  },
  documentUnusable: {
    code: 'HALYARD-2004',
    level: 'error',
    when: 'What upstream sent cannot be used as a whole. The definitions before it stay.',
    action: 'Check what answers at the address: often a login page or a gateway.',
  },
  documentIssue: {
    code: 'HALYARD-2005',
    level: 'warn',
    when: 'A part of the definitions cannot be used: a flag, strategy or constraint. It is named.',
    action: 'Correct the flag upstream.',
  },
  tokenRefused: {
    code: 'HALYARD-2006',
    level: 'warn',
    when: 'Upstream refuses a token that was good before. It is used no more.',
    action: 'If this was not on purpose, make a new token upstream.',
  },
  tokensNotValidatedYet: {
    code: 'HALYARD-2007',
    level: 'warn',
    when: 'Tokens could not be validated, because upstream does not answer. This goes on in the background.',
    action: 'Check that upstream runs and can be reached.',
  },
  tokensNotRevalidated: {
    code: 'HALYARD-2008',
    level: 'warn',
    when: 'Known tokens could not be validated again. They stay valid.',
    action: 'Check upstream when it goes on.',
  },
  streamBroke: {
    code: 'HALYARD-2009',
    level: 'warn',
    when: 'A stream from upstream ended or could not be opened. It is opened again.',
    action: 'Check upstream, and whether a proxy between cuts long requests.',
  },
  streamFallsBack: {
    code: 'HALYARD-2010',
    level: 'warn',
    when: 'A stream from upstream broke several times. Definitions are fetched until it is there again.',
    action: 'Check whether upstream can stream, or switch STREAMING off.',
  },
  streamChangeLost: {
    code: 'HALYARD-2011',
    level: 'error',
    when: 'A change could not be passed on to the streams of clients.',
    action: 'Report it: it should not happen. Clients get the change with the next one.',
  },
  registrationFailed: {
    code: 'HALYARD-2012',
    level: 'debug',
    when: 'This instance could not be registered upstream.',
    action: 'Nothing: flags do not depend on it.',
  },
  edgeRegistrationFailed: {
    code: 'HALYARD-2013',
    level: 'warn',
    when: 'Edge could not be registered upstream with a token.',
    action: 'Nothing, if it is seldom: flags do not depend on it.',
  },
  proxyReady: {
    code: 'HALYARD-2014',
    level: 'info',
    when: 'The first definitions are there. Unleash Proxy mode answers.',
    action: 'Nothing.',
    original: true,
  },
  clientFailed: {
    code: 'HALYARD-2015',
    level: 'error',
    when: 'The unleash-client package, used instead of Halyard’s own client, reports an error.',
    action: 'See the message.',
    original: true,
  },
  fleetRedisLost: {
    code: 'HALYARD-2016',
    level: 'warn',
    when: 'The Redis of the fleet does not answer. This process polls upstream alone until it does.',
    action: 'Look at the Redis of HALYARD_FLEET_REDIS_URL. Flags are served as before.',
  },
  fleetRedisBack: {
    code: 'HALYARD-2017',
    level: 'warn',
    when: 'The Redis of the fleet answers again, and upstream is polled once for all.',
    action: 'None.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
