import { isInteger, isObject, type Json, type JsonObject } from '../json/value.ts';
import type { EdgeProxyConfig } from './edge-proxy-config.ts';

type Level = EdgeProxyConfig['logging']['log_level'];

/** Python's numbers of the levels. */
const levels: readonly (readonly [Level, number])[] = [
  ['NOTSET', 0],
  ['DEBUG', 10],
  ['INFO', 20],
  ['WARNING', 30],
  ['ERROR', 40],
  ['CRITICAL', 50],
];

/**
 * Reads the levels by name of the logger from `logging.override`, a dictionary of Python's logging (spec section 4.2).
 * What is not understood is left out: the original hands it on as it is.
 */
export function readOverride(override: JsonObject): ReadonlyMap<string, Level> {
  const loggers = override.get('loggers');
  const found = new Map<string, Level>();
  if (!isObject(loggers)) return found;
  for (const [name, logger] of loggers) {
    const level = isObject(logger) ? readLevel(logger.get('level')) : undefined;
    if (level !== undefined) found.set(name, level);
  }
  return found;
}

function readLevel(value: Json | undefined): Level | undefined {
  if (isInteger(value)) return levels.find(([, number]) => number >= value)?.[0] ?? 'CRITICAL';
  return levels.find(([name]) => name === value)?.[0];
}
