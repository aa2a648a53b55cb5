import qs from 'qs';
import type { Context } from '../engine/context.ts';
import { decodeParameter } from './decode-parameter.ts';
import { blankContext, type ContextDefaults, defaultEnvironment } from './evaluation-context.ts';
import { parseTime } from './raw-context.ts';

const maximumParameters = 1000;

/** Parses a query string with brackets, the way Express does it. */
export function parseQuery(query: string): Record<string, unknown> {
  return qs.parse(query, {
    depth: 5,
    parameterLimit: maximumParameters,
    arrayLimit: maximumParameters,
    allowPrototypes: true,
    plainObjects: true,
  });
}

/**
 * Reads a context straight from a query string without brackets other than `properties[name]`, without repeated and
 * without undecodable parts: what SDKs send. Such a query is always valid. It has to give what `parseQuery`,
 * validation and `sortContext` give together; a test compares the two.
 *
 * @returns undefined when the query needs the long way
 */
export function readQueryContext(query: string, defaults: ContextDefaults): Context | undefined {
  const context = blankContext();
  if (query !== '' && !readParameters(query, context)) return undefined;
  context.appName ||= defaults.appName;
  context.environment = defaults.environment ?? (context.environment || defaultEnvironment);
  context.userId ||= undefined;
  context.sessionId ||= undefined;
  context.remoteAddress ||= undefined;
  return context;
}

/** Reads all parameters into a context. @returns false when the query needs the long way */
function readParameters(query: string, context: Context): boolean {
  let nested: Record<string, string> | undefined;
  let timeSeen = false;
  let count = 0;
  for (let start = 0; start <= query.length; ) {
    let end = query.indexOf('&', start);
    if (end < 0) end = query.length;
    if (end > start) {
      if (++count > maximumParameters) return false;
      let equals = query.indexOf('=', start);
      if (equals < 0 || equals > end) equals = end;
      const name = decodeParameter(query.slice(start, equals));
      const value = equals === end ? '' : decodeParameter(query.slice(equals + 1, end));
      if (name === undefined || value === undefined || value.includes(']')) return false;
      if (name === 'currentTime') {
        if (timeSeen) return false;
        timeSeen = true;
        context.currentTime = parseTime(value);
      } else if (isPlain(name)) {
        if (!setField(context, name, value)) return false;
      } else {
        const inner = propertyName(name);
        nested ??= Object.create(null) as Record<string, string>;
        if (inner === undefined || inner in nested) return false;
        nested[inner] = value;
      }
    }
    start = end + 1;
  }
  if (nested !== undefined) Object.assign(context.properties, nested);
  return true;
}

function isPlain(name: string): boolean {
  return !name.includes('[') && !name.includes(']');
}

/** Stores one parameter. @returns false when it is repeated or needs the long way */
function setField(context: Context, name: string, value: string): boolean {
  switch (name) {
    case 'appName':
    case 'environment':
    case 'userId':
    case 'sessionId':
    case 'remoteAddress':
      if (context[name] !== undefined) return false;
      context[name] = value;
      return true;
    case 'properties':
    case '__proto__':
    case '':
      return false;
    default:
      if (name in context.properties) return false;
      context.properties[name] = value;
      return true;
  }
}

/** `properties[name]` → `name`, unless the name makes a list or nests deeper. */
function propertyName(name: string): string | undefined {
  if (!name.startsWith('properties[') || !name.endsWith(']')) return undefined;
  const inner = name.slice('properties['.length, -1);
  return inner === '' || inner === '__proto__' || !isPlain(inner) || /^\d/.test(inner) ? undefined : inner;
}
