import { decodeParameter } from '../../context/decode-parameter.ts';
import { blankContext } from '../../context/evaluation-context.ts';
import type { Context } from '../../engine/context.ts';
import { parseBracketQuery } from './bracket-query.ts';
import { readContext, timeOf } from './read-context.ts';

const maximumParameters = 1000;

/**
 * Reads the context of a GET. What SDKs send, plain names and `properties[name]`, is read in one pass; anything with
 * other brackets, repeated names or wrong percent-encoding goes through a general parser. A test compares the two.
 *
 * Source: Unleash Edge specification 8.1.
 *
 * @throws ContextError
 */
export function readQueryContext(query: string): Context {
  if (query === '') return blankContext();
  return readPlainQuery(query) ?? readContext(parseBracketQuery(query));
}

/** @returns undefined when the query needs the general parser */
export function readPlainQuery(query: string): Context | undefined {
  const context = blankContext();
  const { properties } = context;
  let top: Record<string, string> | undefined;
  let count = 0;
  for (let start = 0; start <= query.length; ) {
    let end = query.indexOf('&', start);
    if (end < 0) end = query.length;
    if (end > start) {
      if (++count > maximumParameters) return undefined;
      let equals = query.indexOf('=', start);
      if (equals < 0 || equals > end) equals = end;
      const written = query.slice(start, equals);
      // Brackets that are encoded in small letters are none.
      if (written.includes('%5b') || written.includes('%5d')) return undefined;
      const name = decodeParameter(written);
      const value = equals === end ? '' : decodeParameter(query.slice(equals + 1, end));
      if (name === undefined || value === undefined || value.includes(']=')) return undefined;
      switch (name) {
        case 'userId':
        case 'sessionId':
        case 'environment':
        case 'appName':
        case 'remoteAddress':
          if (context[name] !== undefined) return undefined;
          context[name] = value;
          break;
        case 'currentTime':
          if (context.currentTime !== undefined) return undefined;
          context.currentTime = timeOf(value);
          break;
        default: {
          const inner = propertyName(name);
          if (inner !== undefined) {
            if (inner in properties) return undefined;
            properties[inner] = value;
          } else {
            top ??= Object.create(null) as Record<string, string>;
            if (!isPlain(name) || name in top) return undefined;
            top[name] = value;
          }
        }
      }
    }
    start = end + 1;
  }
  if (top !== undefined) Object.assign(properties, top);
  return context;
}

/** Names without a meaning of their own. */
function isPlain(name: string): boolean {
  return (
    name !== '' &&
    name !== 'properties' &&
    name !== 'context' &&
    name !== '__proto__' &&
    !name.includes('[') &&
    !name.includes(']')
  );
}

/** `properties[name]` → `name`, unless it nests deeper, makes a list or names a known field. */
function propertyName(name: string): string | undefined {
  if (!name.startsWith('properties[') || !name.endsWith(']')) return undefined;
  const inner = name.slice('properties['.length, -1);
  if (!isPlain(inner)) return undefined;
  switch (inner) {
    case 'userId':
    case 'sessionId':
    case 'environment':
    case 'appName':
    case 'remoteAddress':
    case 'currentTime':
      return undefined;
    default: {
      // Names that start with a digit may make a list.
      const first = inner.charCodeAt(0);
      return first >= 0x30 && first <= 0x39 ? undefined : inner;
    }
  }
}
