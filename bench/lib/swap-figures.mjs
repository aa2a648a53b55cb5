// What the samples of a client say about swaps of the flags while it asked.
import { largest, median, quantile } from './statistics.mjs';

/**
 * A swap lasts from the moment the upstream is asked for the new set until a while after the first answer made from it.
 * The stall is what the slowest request waited longer than a request does under this load anyway, which is the time it
 * spends behind the requests of the load generator.
 *
 * @param samples requests, `{from, ms}` each
 * @param windows the swaps to be judged, `{from, seenAt, until}` each
 * @param allWindows all swaps that went on meanwhile: requests outside of these are the usual ones
 */
export function swapFigures(samples, windows, allWindows = windows) {
  const within = (list) =>
    list.map(({ from, until }) => samples.filter((one) => one.from <= until && one.from + one.ms >= from));
  const worstOf = (list) => largest(list.map(({ ms }) => ms));
  const perSwap = within(windows);
  const swapping = new Set(within(allWindows).flat());
  const quiet = samples.filter((sample) => !swapping.has(sample));
  const usualMs = quantile(
    quiet.map(({ ms }) => ms),
    0.5,
  );
  const worst = perSwap.map(worstOf);
  return {
    swaps: windows.length,
    requests: new Set(perSwap.flat()).size,
    quietRequests: quiet.length,
    usualMs,
    worstMs: largest(worst),
    stallMs: Math.max(0, largest(worst) - usualMs),
    typicalStallMs: Math.max(0, median(worst) - usualMs),
    noiseMs: Math.max(0, worstOf(quiet) - usualMs),
    visibleAfterMs: median(windows.map(({ from, seenAt }) => seenAt - from)),
    stallsMs: worst.map((ms) => Math.max(0, ms - usualMs)),
  };
}
