import { expect, test } from 'vitest';
import { SimpleLogger } from './simple-logger.ts';

function record(level: 'debug' | 'warn', asJson: boolean) {
  const lines: string[] = [];
  return { logger: new SimpleLogger(level, asJson, (line) => lines.push(line)), lines };
}

test('text lines', () => {
  const { logger, lines } = record('debug', false);
  logger.info('hello');
  logger.error(new TypeError('broken'));
  logger.warn('with', { a: 1 });
  expect(lines).toEqual(['INFO: hello', 'ERROR: TypeError: broken', 'WARN: with [ { a: 1 } ]']);
});

test('JSON lines keep the text of errors', () => {
  const { logger, lines } = record('debug', true);
  logger.info('hello');
  logger.error(new Error('broken'), Object.assign(new Error('cause'), { code: 'E1' }));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 'info', message: 'hello', args: [] },
    { level: 'error', message: 'Error: broken', args: [{ name: 'Error', message: 'cause', code: 'E1' }] },
  ]);
});

test('less severe lines are left out', () => {
  const { logger, lines } = record('warn', false);
  logger.debug('no');
  logger.info('no');
  logger.warn('yes');
  logger.fatal('yes');
  expect(lines).toEqual(['WARN: yes', 'FATAL: yes']);
});
