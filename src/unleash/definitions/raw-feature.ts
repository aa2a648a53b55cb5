import { isRecord } from './is-record.ts';

/**
 * A flag as upstream sent it, members that nobody knows yet included: its JSON, and what has to be known of it without
 * reading that again. An object per member would take five times the memory, for as long as the flag is held.
 */
export class RawFeature {
  readonly name: string;
  /** undefined also for a project that is no text. */
  readonly project: string | undefined;
  /** Compact JSON. */
  readonly text: string;
  /** Ids of the segments that its strategies refer to. */
  readonly segments: readonly unknown[];

  /** @param feature a parsed flag; it may be changed or forgotten afterwards */
  constructor(feature: Readonly<Record<string, unknown>> & { readonly name: string }) {
    this.name = feature.name;
    this.project = typeof feature.project === 'string' ? feature.project : undefined;
    this.text = JSON.stringify(feature);
    this.segments = segmentIds(feature.strategies);
  }

  /** All members, parsed anew. */
  parse(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }

  /** For whoever writes a document in one go. */
  toJSON(): unknown {
    return this.parse();
  }
}

const none: readonly unknown[] = [];

function segmentIds(strategies: unknown): readonly unknown[] {
  if (!Array.isArray(strategies)) return none;
  const ids = new Set<unknown>();
  for (const strategy of strategies) {
    if (isRecord(strategy) && Array.isArray(strategy.segments)) for (const id of strategy.segments) ids.add(id);
  }
  return ids.size === 0 ? none : [...ids];
}
