import type { Steps } from '../../flags/steps.ts';
import { isRecord } from '../definitions/is-record.ts';
import { Usage, type UsageBucket } from './usage.ts';

/** The window as the API wants it. Names come from clients, so no object with a prototype is filled by them. */
export function bucketJson(bucket: UsageBucket, stopMs: number): object {
  const toggles: Record<string, object> = Object.create(null);
  for (const [name, { yes, no, variants }] of bucket.toggles) {
    const counts: Record<string, number> = Object.create(null);
    for (const [variant, count] of variants) counts[variant] = count;
    toggles[name] = { yes, no, variants: counts };
  }
  return { start: new Date(bucket.startMs).toISOString(), stop: new Date(stopMs).toISOString(), toggles };
}

/** A window in two halves. */
export function halves(bucket: UsageBucket): [UsageBucket, UsageBucket] {
  const toggles = [...bucket.toggles];
  const middle = toggles.length >> 1;
  const part = (half: typeof toggles): UsageBucket => ({ startMs: bucket.startMs, toggles: new Map(half) });
  return [part(toggles.slice(0, middle)), part(toggles.slice(middle))];
}

interface ReadBody {
  /** Who sent it: everything but the counts. */
  readonly sender: Readonly<Record<string, unknown>>;
  readonly bucket: UsageBucket;
  readonly stopMs: number;
}

/** What was counted was within bounds; what several counted is bounded by those who collect it. */
const unlimited = {
  toggles: Number.POSITIVE_INFINITY,
  variantsPerToggle: Number.POSITIVE_INFINITY,
  nameLength: Number.POSITIVE_INFINITY,
};

/** Adds up usage of several processes, as one process adds up its own. It stands under the name of the latest. */
export function* mergeUsageBodies(bodies: readonly string[]): Steps<readonly string[]> {
  let latest: ReadBody | undefined;
  let usage: Usage | undefined;
  let stopMs = 0;
  for (const body of bodies) {
    const read = readBody(body);
    if (read !== undefined) {
      latest = read;
      stopMs = Math.max(stopMs, read.stopMs);
      usage ??= new Usage(unlimited, () => stopMs);
      usage.putBack(read.bucket);
    }
    yield;
  }
  const bucket = usage?.take();
  return latest === undefined || bucket === undefined ? [] : [write({ ...latest, bucket, stopMs })];
}

/** A body in two halves; undefined for one that has a single toggle, or is none. */
export function halveUsageBody(body: string): readonly [string, string] | undefined {
  const read = readBody(body);
  if (read === undefined || read.bucket.toggles.size < 2) return undefined;
  const [first, second] = halves(read.bucket);
  return [write({ ...read, bucket: first }), write({ ...read, bucket: second })];
}

function write({ sender, bucket, stopMs }: ReadBody): string {
  return JSON.stringify({ ...sender, bucket: bucketJson(bucket, stopMs) });
}

function readBody(text: string): ReadBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.bucket) || !isRecord(value.bucket.toggles)) return undefined;
  const { bucket, ...sender } = value;
  const startMs = Date.parse(String(bucket.start));
  const stopMs = Date.parse(String(bucket.stop));
  if (Number.isNaN(startMs) || Number.isNaN(stopMs)) return undefined;
  const toggles: UsageBucket['toggles'] = new Map();
  for (const [name, counts] of Object.entries(value.bucket.toggles)) {
    if (!isRecord(counts)) continue;
    const variants = new Map<string, number>();
    for (const [variant, count] of Object.entries(isRecord(counts.variants) ? counts.variants : {})) {
      variants.set(variant, countOf(count));
    }
    toggles.set(name, { yes: countOf(counts.yes), no: countOf(counts.no), variants });
  }
  return { sender, bucket: { startMs, toggles }, stopMs };
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
