import { blankContext } from '../../context/evaluation-context.ts';
import { isRecord } from '../../definitions/is-record.ts';
import { readDate } from '../../engine/constraints/literal.ts';
import type { Context } from '../../engine/context.ts';

/** The request holds no context that could be read. */
export class ContextError extends Error {
  override readonly name = 'ContextError';
}

type TextField = 'userId' | 'sessionId' | 'environment' | 'appName' | 'remoteAddress';
const textFields: readonly TextField[] = ['userId', 'sessionId', 'environment', 'appName', 'remoteAddress'];
const known: ReadonlySet<string> = new Set([...textFields, 'currentTime', 'properties']);

/**
 * Reads a context from a body or a parsed query string: known fields, `properties`, and other members that are texts,
 * which become properties and win over equal names in `properties`. `{"context": {…}}` is accepted too; its siblings
 * then do not count. Numbers and booleans become texts; null, lists and objects are dropped.
 *
 * Source: Unleash Edge specification 8.1, 8.2 (19.14.2 and later).
 *
 * @throws ContextError when there is no object, or `context` is none
 */
export function readContext(value: unknown): Context {
  if (!isRecord(value)) throw new ContextError('the context is no object');
  if (value.context === undefined) return readFields(value);
  if (!isRecord(value.context)) throw new ContextError('"context" is no object');
  return readFields(value.context);
}

function readFields(record: Readonly<Record<string, unknown>>): Context {
  const context = blankContext();
  for (const field of textFields) context[field] = scalarText(record[field]);
  let time = scalarText(record.currentTime);
  if (isRecord(record.properties)) {
    for (const [name, value] of Object.entries(record.properties)) {
      const text = scalarText(value);
      if (text === undefined) continue;
      // A known field that only stands among the properties is taken for what it says it is.
      if (isTextField(name) && context[name] === undefined) context[name] = text;
      else if (name === 'currentTime' && time === undefined) time = text;
      else context.properties[name] = text;
    }
  }
  for (const [name, value] of Object.entries(record)) {
    if (!known.has(name) && typeof value === 'string') context.properties[name] = value;
  }
  context.currentTime = time === undefined ? undefined : timeOf(time);
  return context;
}

/** The time that a client names. One that is none is no time at all: no date comes before or after it. */
export function timeOf(text: string): Date {
  return new Date(readDate(text));
}

function isTextField(name: string): name is TextField {
  return (textFields as readonly string[]).includes(name);
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      // As the original writes it: 1e21, not 1e+21.
      return String(value).replace('e+', 'e');
    case 'boolean':
      return String(value);
    default:
      return undefined;
  }
}
