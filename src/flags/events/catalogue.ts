import { flagsmithEvents } from './flagsmith.ts';
import type { LogEvent } from './log-event.ts';
import { requestsEvents } from './requests.ts';
import { startingEvents } from './start.ts';
import { stateEvents } from './state.ts';
import { upstreamEvents } from './upstream.ts';
import { usageEvents } from './usage.ts';
import { workersEvents } from './workers.ts';

/** Everything that Halyard logs of its own accord outside Flagsmith, whose lines name their events themselves. */
export const logEvents = {
  ...startingEvents,
  ...upstreamEvents,
  ...stateEvents,
  ...requestsEvents,
  ...usageEvents,
  ...workersEvents,
} as const;

/** The whole catalogue by part, as docs/events.md has it. */
export const catalogue: readonly (readonly [title: string, Readonly<Record<string, LogEvent>>])[] = [
  ['Settings and start', startingEvents],
  ['Fetching from upstream', upstreamEvents],
  ['State kept between runs', stateEvents],
  ['Requests and extensions', requestsEvents],
  ['Usage and metrics', usageEvents],
  ['Worker processes', workersEvents],
  ['Flagsmith', flagsmithEvents],
];
