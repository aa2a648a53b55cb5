import { expect, test } from 'vitest';
import { logEvents } from './catalogue.ts';
import type { LogEvent } from './log-event.ts';
import { tell } from './tell.ts';

const recorder = () => {
  const lines: unknown[][] = [];
  const at =
    (level: string) =>
    (...args: unknown[]) =>
      void lines.push([level, ...args]);
  return {
    lines,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') },
  };
};

test.each([
  ['debug', logEvents.proxyTrace],
  ['info', logEvents.stateTaken],
  ['warn', logEvents.usageKept],
  ['error', logEvents.requestFailed],
])('a logger that knows no codes gets the message at the event’s level: %s', (level, event: LogEvent) => {
  const { lines, logger } = recorder();
  tell(logger, event, 'what happened', 1, 2);
  expect(lines).toEqual([[level, 'what happened', 1, 2]]);
});

test('a logger that knows codes gets the event, and nothing twice', () => {
  const { lines, logger } = recorder();
  const told: unknown[][] = [];
  tell({ ...logger, logEvent: (...args: unknown[]) => void told.push(args) }, logEvents.usageKept, 'what happened', 1);
  expect(told).toEqual([[logEvents.usageKept, 'what happened', 1]]);
  expect(lines).toEqual([]);
});

test('a logger without a level loses messages of that level only', () => {
  const { lines, logger } = recorder();
  const { warn, error } = logger;
  tell({ warn, error }, logEvents.stateTaken, 'nobody hears this');
  tell({ warn, error }, logEvents.usageKept, 'somebody hears this');
  expect(lines).toEqual([['warn', 'somebody hears this']]);
});
