/** The items of a comma-separated parameter; undefined when it is missing or no text. */
export function listParameter(value: unknown): string[] | undefined {
  return typeof value === 'string' ? value.split(/\s*,\s*/) : undefined;
}

/** A percentage parameter; NaN when it is no number, which no bucket is below. */
export function percentageParameter(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
}

/** A group parameter as text, empty when there is none. */
export function groupParameter(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
