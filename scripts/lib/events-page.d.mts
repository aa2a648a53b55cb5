import type { LogEvent } from '../../src/flags/events/log-event.ts';

/** The page with every code that Halyard logs. */
export function eventsPage(
  catalogue: readonly (readonly [title: string, events: Readonly<Record<string, LogEvent>>])[],
): string;
