import type { LogEvent } from './log-event.ts';

/** Settings and start. */
export const startingEvents = {
  settingQuestionable: {
    code: 'HALYARD-1001',
    level: 'warn',
    when: 'A setting of Unleash Proxy or Flagsmith mode cannot be used, is unknown, or does something surprising.',
    action: 'Read the message: it names the setting, and what is used instead or was meant.',
  },
  settingInert: {
    code: 'HALYARD-1002',
    level: 'warn',
    when: 'A setting of Unleash Edge has no effect here.',
    action: 'Remove it, or read in the configuration page what to use.',
  },
  trustProxyInvalid: {
    code: 'HALYARD-1003',
    level: 'error',
    when: 'TRUST_PROXY names no addresses. Nobody is trusted.',
    action: 'Give true, a number of hops, or addresses and networks.',
    original: true,
  },
  preHookIgnored: {
    code: 'HALYARD-1004',
    level: 'warn',
    when: 'A preHook was given where there is no Express application.',
    action: 'Use createApp or start, or move the work elsewhere.',
  },
  proxyConfiguration: {
    code: 'HALYARD-1005',
    level: 'debug',
    when: 'Unleash Proxy mode starts. The settings follow, secrets masked.',
    action: 'Nothing.',
    original: true,
  },
  edgeNeitherStrictNorDynamic: {
    code: 'HALYARD-1006',
    level: 'error',
    when: 'Edge was started with neither --strict nor --dynamic.',
    action: 'Choose one. --strict is what Edge 20 has.',
  },
  edgeUpstreamUrlEndsInApi: {
    code: 'HALYARD-1007',
    level: 'warn',
    when: 'UPSTREAM_URL ends in /api.',
    action: 'Remove /api from it.',
  },
  edgeTokensDeprecated: {
    code: 'HALYARD-1008',
    level: 'warn',
    when: 'Offline mode was given --tokens.',
    action: 'Use --client-tokens and --frontend-tokens.',
  },
  startTokenMalformed: {
    code: 'HALYARD-1009',
    level: 'warn',
    when: 'Some of the start-up tokens are not in the format of Unleash.',
    action: 'Correct TOKENS. A token is project:environment.secret.',
  },
  startTokenInvalid: {
    code: 'HALYARD-1010',
    level: 'warn',
    when: 'Upstream does not know a start-up token.',
    action: 'Make a new token upstream, and correct TOKENS.',
  },
  certificateReplaced: {
    code: 'HALYARD-1011',
    level: 'info',
    when: 'The server certificate on disk changed and is used now.',
    action: 'Nothing.',
  },
  certificateUnusable: {
    code: 'HALYARD-1012',
    level: 'error',
    when: 'The new server certificate cannot be used. The old one stays.',
    action: 'Check that the files hold a certificate and its key, and that they belong together.',
  },
  tokenChangeIgnored: {
    code: 'HALYARD-1013',
    level: 'warn',
    when: 'setUnleashApiToken was called with an Unleash object of the application.',
    action: 'Change the token where that object is made.',
  },
  startTokenFetchesNothing: {
    code: 'HALYARD-1014',
    level: 'warn',
    when: 'A start-up token is valid, and no client token: it opens what it is for, and no flags are fetched with it.',
    action: 'Put a client (backend) token into TOKENS. An Edge in offline mode above has to name it in CLIENT_TOKENS.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
