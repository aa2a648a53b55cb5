import { isRecord } from '../definitions/is-record.ts';
import type { Usage } from '../usage/usage.ts';

/**
 * Adds a front-end's metrics body, already validated and converted, to what is counted here. Who reported and when is
 * not kept: the API attributes all usage to the proxy's own application name.
 */
export function addReportedUsage(usage: Pick<Usage, 'count' | 'countVariant'>, body: unknown): void {
  const bucket = isRecord(body) ? body.bucket : undefined;
  const toggles = isRecord(bucket) ? bucket.toggles : undefined;
  if (!isRecord(toggles)) return;
  for (const [name, counts] of Object.entries(toggles)) {
    if (!isRecord(counts)) continue;
    usage.count(name, number(counts.yes), number(counts.no));
    if (!isRecord(counts.variants)) continue;
    for (const [variant, count] of Object.entries(counts.variants)) usage.countVariant(name, variant, number(count));
  }
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
