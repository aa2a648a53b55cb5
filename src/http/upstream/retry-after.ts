/** A server that asks for more patience than this is asked again after it: it may have meant something else. */
const longestMs = 15 * 60_000;

/**
 * How long a server asks to be left alone: the header `Retry-After`, as seconds or as a date.
 *
 * @param nowMs milliseconds since the epoch
 * @returns milliseconds, at most a quarter of an hour; 0 where nothing, or nothing readable, is asked for
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const wanted = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return wanted > 0 ? Math.min(wanted, longestMs) : 0;
}
