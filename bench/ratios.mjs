// Recorded ratios beside measured ones.

/** A recorded ratio may drop by this share before the check fails. */
export const allowedDrop = 0.2;

/**
 * What keeps two runs from being compared, as a text for the user, or undefined. Waking the load generator costs Halyard
 * more than the bare server: ratios of runs in which it slept are lower.
 *
 * @param recorded and `measured`: whether the load generator was `awake`
 */
export function notComparable(recorded, measured) {
  if (recorded.awake === measured.awake) return undefined;
  const [then, now] = [recorded, measured].map(({ awake }) => (awake ? 'kept awake' : 'left as it is'));
  return `These ratios were recorded with a load generator that was ${then}; now it is ${now}. Install a C compiler (cc), or record anew with --record.`;
}

/** Rows whose ratio dropped by more than is allowed, and rows that are new or gone, are not `ok`. */
export function compareRatios(recorded, measured) {
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(measured)])];
  return names.map((name) => {
    const [before, now] = [recorded[name], measured[name]];
    if (before === undefined || now === undefined) return { name, before, now, ok: false };
    return { name, before, now, ok: now >= before * (1 - allowedDrop) };
  });
}
