import { longestDelayMs } from '../../operations/system-timers.ts';

/**
 * A limit of upstream exchanges in milliseconds. 0 seconds set none, and what timers cannot count is none either: both
 * are given as about 25 days. The original gives up at once with 0, so nobody can depend on that.
 */
export function upstreamLimitMs(seconds: number): number {
  return seconds === 0 ? longestDelayMs : Math.min(seconds * 1000, longestDelayMs);
}
