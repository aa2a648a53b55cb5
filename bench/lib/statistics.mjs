// The few numbers the reports are made of.

/** Value at quantile `q` (0..1) of unsorted numbers, by nearest rank; NaN for an empty list. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** The median; the mean of the two middle values when their count is even. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Largest value of a list that may be too long for `Math.max(...)`; 0 when it is empty. */
export function largest(values) {
  let worst = 0;
  for (const value of values) if (value > worst) worst = value;
  return worst;
}
