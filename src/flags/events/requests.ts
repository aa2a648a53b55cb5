import type { LogEvent } from './log-event.ts';

/** Requests and extensions. */
export const requestsEvents = {
  requestFailed: {
    code: 'HALYARD-4001',
    level: 'error',
    when: 'A request failed in a way that should not happen. The client got a 500, or its connection ended.',
    action: 'Report it. If extensions are used, look at those first.',
  },
  proxyTrace: {
    code: 'HALYARD-4002',
    level: 'debug',
    when: 'Unleash Proxy mode tells what it did with a request.',
    action: 'Nothing.',
    original: true,
  },
  customStrategyFailed: {
    code: 'HALYARD-4003',
    level: 'warn',
    when: 'A custom strategy threw, took long or returned a promise. Told once per strategy and kind.',
    action: 'Correct the strategy.',
  },
  extensionFailedLate: {
    code: 'HALYARD-4004',
    level: 'error',
    when: 'Code of an extension threw where nobody waited for it.',
    action: 'Correct the extension.',
  },
  streamsLost: {
    code: 'HALYARD-4005',
    level: 'info',
    when: 'Streams were ended whose clients confirm nothing any more, or take nothing. Told once per look, with their number.',
    action: 'Nothing, if they are few: machines lose power and networks. Many at once: look at the network.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
