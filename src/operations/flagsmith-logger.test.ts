import { expect, it } from 'vitest';
import { FlagsmithLogger, type FlagsmithLoggerOptions } from './flagsmith-logger.ts';

function create(options: Partial<FlagsmithLoggerOptions> = {}) {
  const lines: string[] = [];
  const defaults = { format: 'generic', level: 'INFO', eventField: 'message', colours: false } as const;
  const logger = new FlagsmithLogger({ ...defaults, now: () => 0, write: (line) => lines.push(line), ...options });
  return { logger, lines };
}

it('writes one JSON object per line, with the event under the name that is configured', () => {
  const { logger, lines } = create({ format: 'json', eventField: 'event' });
  logger.log('WARNING', 'edge_proxy', 'two\nlines', { client_side_key: 'k', event: 'hidden' });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      client_side_key: 'k',
      logger: 'edge_proxy',
      level: 'warning',
      timestamp: '1970-01-01T00:00:00.000Z',
      event: 'two\nlines',
    },
  ]);
});

it('writes lines for people, each one line', () => {
  const { logger, lines } = create();
  logger.log('ERROR', 'edge_proxy', 'error_fetching_document', { client_side_key: 'k', exception: 'a\nb "c"', n: 1 });
  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z [error    ] error_fetching_document        [edge_proxy] client_side_key=k exception="a\\nb \\"c\\"" n=1',
  ]);
});

it('gives single loggers and those below them levels of their own', () => {
  const levels = new Map([
    ['httpx', 'WARNING'],
    ['uvicorn', 'ERROR'],
    ['uvicorn.access', 'NOTSET'],
    ['edge_proxy.environments', 'DEBUG'],
  ] as const);
  const { logger } = create({ levels });
  const writes = (name: string) => [
    logger.writes('DEBUG', name),
    logger.writes('INFO', name),
    logger.writes('ERROR', name),
  ];
  expect(writes('httpx')).toEqual([false, false, true]);
  expect(writes('uvicorn.error')).toEqual([false, false, true]);
  expect(writes('uvicorn.access')).toEqual([false, false, true]);
  expect(writes('edge_proxy.environments')).toEqual([true, true, true]);
  expect(writes('edge_proxy')).toEqual([false, true, true]);
  expect(create({ levels: new Map([['', 'ERROR']] as const) }).logger.writes('INFO', 'x')).toBe(false);
});

it('leaves out what is below its level, and colours levels when told to', () => {
  const { logger, lines } = create({ level: 'ERROR', colours: true });
  logger.log('INFO', 'x', 'quiet');
  logger.log('CRITICAL', 'x', 'loud');
  expect(logger.writes('WARNING')).toBe(false);
  expect(lines).toEqual([expect.stringContaining('\x1b[31m\x1b[1mcritical \x1b[0m] loud')]);
});
