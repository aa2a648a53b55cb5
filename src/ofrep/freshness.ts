import { queryText } from './route.ts';
import { configurationTag } from './streams/events.ts';
import type { StreamWorld } from './streams/hub.ts';
import type { FlagView, OfrepSource } from './types.ts';

/** Upstream is asked for one channel at most this often, whatever clients say. */
const shortestGapMs = 2_000;
/** Clocks of replicas differ by less than this; what is said to lie further ahead is no hint. */
const believableAheadMs = 60_000;

interface Asking {
  readonly startedMs: number;
  readonly done: Promise<void>;
}

/**
 * Makes the function that follows hints of refetches: another replica may have told the client of flags that are not
 * here yet. Returns a promise where it is worth to wait, undefined otherwise (OFREP specification 7.4).
 *
 * @param longestWaitMs longest that a request waits for upstream
 */
export function waitForHint(
  source: OfrepSource,
  world: StreamWorld,
  longestWaitMs: number,
): (view: FlagView, query: string) => Promise<void> | undefined {
  const asking = new Map<string, Asking>();
  return (view, query) => {
    const modifiedMs = readTime(queryText(query, 'flagConfigLastModified'));
    if (modifiedMs === undefined) return undefined;
    const nowMs = world.now();
    const isNewer = modifiedMs > Math.floor(view.changedAtMs / 1_000) * 1_000 && modifiedMs < nowMs + believableAheadMs;
    if (!isNewer || queryText(query, 'flagConfigEtag') === configurationTag(view.version)) return undefined;
    let current = asking.get(view.channel);
    if (current === undefined || nowMs - current.startedMs >= shortestGapMs) {
      current = { startedMs: nowMs, done: source.refresh(view.channel) };
      asking.set(view.channel, current);
    }
    return Promise.race([current.done, pause(world, longestWaitMs)]);
  };
}

/** Seconds since the epoch, or an ISO 8601 text, in milliseconds; undefined for all else. */
function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,12}$/.test(text)
    ? Number(text) * 1_000
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function pause(world: StreamWorld, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.set(resolve, ms);
  });
}
