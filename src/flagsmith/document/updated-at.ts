const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * A document's `updated_at` in seconds since the epoch with its fraction, or null where it is no ISO 8601 time. Without
 * an offset it is local time (spec section 3).
 */
export function updatedAtSeconds(updatedAt: string | null): number | null {
  const match = form.exec(updatedAt ?? '');
  if (match === null) return null;
  const [, date, time, fraction = '', zone = ''] = match;
  const fullTime = time!.length === 5 ? `${time}:00` : time;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const wholeMs = Date.parse(`${date}T${fullTime}${offset}`);
  return Number.isNaN(wholeMs) ? null : wholeMs / 1000 + Number(`0.${fraction || '0'}`);
}

/**
 * The `If-Modified-Since` value for a document: IMF-fixdate with the fraction dropped; null where there is no usable
 * time (spec section 3, vectors `if_modified_since`).
 */
export function ifModifiedSince(updatedAt: string | null): string | null {
  const seconds = updatedAtSeconds(updatedAt);
  return seconds === null ? null : new Date(Math.floor(seconds) * 1000).toUTCString();
}
