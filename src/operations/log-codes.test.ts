/** Where the code of an event stands in the lines of each mode. */
import { expect, test } from 'vitest';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { containLogger } from '../library/contained-logger.ts';
import { type EdgeLogFormat, EdgeLogger } from './edge-logger.ts';
import { FlagsmithLogger } from './flagsmith-logger.ts';
import { SimpleLogger } from './simple-logger.ts';

const own = logEvents.fetchPostponed;
const original = logEvents.fetchFailed;

function simple(asJson: boolean) {
  const lines: string[] = [];
  return { lines, logger: containLogger(new SimpleLogger('debug', asJson, (line) => lines.push(line))) };
}

function edge(format: EdgeLogFormat) {
  const lines: string[] = [];
  return { lines, logger: new EdgeLogger({ format, filter: 'info', now: () => 0, write: (line) => lines.push(line) }) };
}

function flagsmith(format: 'generic' | 'json') {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const logger = new FlagsmithLogger({
    format,
    level: 'INFO',
    eventField: 'event',
    colours: false,
    now: () => 0,
    write,
  });
  return { lines, logger };
}

test('Unleash Proxy: behind messages of our own, and in every line of JSON', () => {
  const text = simple(false);
  tell(text.logger, own, 'later', { a: 1 });
  tell(text.logger, original, new Error('as ever'));
  text.logger.warn('no event');
  expect(text.lines).toEqual(['WARN: later [HALYARD-2003] [ { a: 1 } ]', 'ERROR: Error: as ever', 'WARN: no event']);
  const json = simple(true);
  tell(json.logger, own, 'later', { a: 1 });
  tell(json.logger, original, new Error('as ever'));
  json.logger.warn('no event');
  expect(json.lines).toEqual([
    '{"level":"warn","message":"later","args":[{"a":1}],"code":"HALYARD-2003"}',
    '{"level":"error","message":"Error: as ever","args":[],"code":"HALYARD-2001"}',
    '{"level":"warn","message":"no event","args":[]}',
  ]);
});

test('Unleash Edge: the same', () => {
  const text = edge('plain');
  tell(text.logger, own, 'later');
  tell(text.logger, original, new Error('as\never'));
  expect(text.lines).toEqual([
    '1970-01-01T00:00:00.000Z  WARN unleash_edge: later [HALYARD-2003]',
    '1970-01-01T00:00:00.000Z ERROR unleash_edge: Error: as ever',
  ]);
  const pretty = edge('pretty');
  tell(pretty.logger, own, 'later');
  expect(pretty.lines).toEqual([
    '  1970-01-01T00:00:00.000Z  WARN unleash_edge: later [HALYARD-2003]\n    at unleash_edge\n',
  ]);
  const json = edge('json');
  tell(json.logger, own, 'later');
  json.logger.warn('no event');
  expect(json.lines).toEqual([
    '{"timestamp":"1970-01-01T00:00:00.000Z","level":"WARN","fields":{"message":"later","code":"HALYARD-2003"},"target":"unleash_edge"}',
    '{"timestamp":"1970-01-01T00:00:00.000Z","level":"WARN","fields":{"message":"no event"},"target":"unleash_edge"}',
  ]);
});

test('Flagsmith: a detail like others, but not on lines of the original', () => {
  const text = flagsmith('generic');
  text.logger.log('WARNING', 'edge_proxy', 'analytics_refused', { status: 500 });
  text.logger.log('ERROR', 'edge_proxy', 'error_fetching_document', { status: 500 });
  expect(text.lines.map((line) => line.slice(line.indexOf('[edge_proxy]')))).toEqual([
    '[edge_proxy] status=500 code=HALYARD-7011',
    '[edge_proxy] status=500',
  ]);
  const json = flagsmith('json');
  json.logger.log('ERROR', 'edge_proxy', 'error_fetching_document', { status: 500 });
  expect(JSON.parse(json.lines[0] ?? '')).toMatchObject({ event: 'error_fetching_document', code: 'HALYARD-7001' });
});

test('a filter holds for events, too', () => {
  const { lines, logger } = edge('plain');
  tell(logger, logEvents.metricsWait, 'debug');
  expect(lines).toEqual([]);
});
