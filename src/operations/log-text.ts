import { inspect } from 'node:util';
import type { LogEvent } from '../flags/events/log-event.ts';

/** A message or argument as it stands in a line. Of errors the name and the message: stacks are for debuggers. */
export function describe(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'string' ? value : inspect(value);
}

/** A message with its code behind it, unless scripts know the message from the original. */
export function coded(text: string, event: LogEvent | undefined): string {
  return event === undefined || event.original ? text : `${text} [${event.code}]`;
}
