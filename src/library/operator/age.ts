/** Seconds since a moment; null where there was none. */
export function ageSeconds(sinceMs: number | undefined, nowMs: number): number | null {
  return sinceMs === undefined ? null : Math.max(0, Math.round((nowMs - sinceMs) / 1000));
}
