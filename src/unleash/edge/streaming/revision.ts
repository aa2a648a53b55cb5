import { isEventId } from './events.ts';

/**
 * The last event that a reader of the delta API knows, from `If-None-Match`: a number, quoted or not. Everything else,
 * a weak tag included, counts as 0: it knows nothing.
 *
 * Source: Unleash Edge specification 19.3.
 */
export function revisionOf(ifNoneMatch: string | undefined): number {
  const text = (ifNoneMatch ?? '').trim().replace(/^"+|"+$/g, '');
  const revision = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return isEventId(revision) ? revision : 0;
}
