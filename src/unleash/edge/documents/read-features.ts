import { isRecord } from '../../definitions/is-record.ts';
import type { FlagReader } from '../../definitions/parse-json.ts';
import { UnusableDefinitionsError } from '../../definitions/read-document.ts';
import { type ClientFeatures, RawFeature, type RawSegment } from '../types.ts';

/**
 * Takes a client-features document as upstream, a store or a file has it: entries that are no flags are left out, and
 * every strategy gets a list of variants, as the original's answers have. Members that nobody knows yet are kept.
 *
 * Source: Unleash Edge specification 9.1.
 *
 * @param onLeftOut told how many entries are no flags, where some are
 * @throws UnusableDefinitionsError when there is no list of features, or one of nothing but entries that are no flags
 */
export function readClientFeatures(document: unknown, onLeftOut?: (count: number) => void): ClientFeatures {
  if (!isRecord(document) || !Array.isArray(document.features)) {
    throw new UnusableDefinitionsError('the answer holds no list "features"');
  }
  const { version, segments, query, meta } = document;
  const features = document.features.map((entry) => readFeature(entry)).filter((entry) => entry instanceof RawFeature);
  const leftOut = document.features.length - features.length;
  if (leftOut > 0 && features.length === 0) throw new UnusableDefinitionsError('no entry of "features" is a flag');
  if (leftOut > 0) onLeftOut?.(leftOut);
  return {
    version: typeof version === 'number' ? version : 2,
    features,
    ...(Array.isArray(segments) ? { segments: segments.filter(isSegment) } : {}),
    ...(isRecord(query) ? { query } : {}),
    ...(isRecord(meta) ? { meta } : {}),
  };
}

/** Reads one entry of a list of flags. What is no flag, and what was read already, stays what it is. */
export function readFeature(entry: unknown): unknown {
  if (entry instanceof RawFeature || !isRecord(entry) || typeof entry.name !== 'string') return entry;
  return new RawFeature(withVariants(entry as Parsed));
}

/** Reads all flags of a document, whatever was there before. */
export const allFlags: FlagReader = { read: readFeature };

function isSegment(value: unknown): value is RawSegment {
  return isRecord(value) && 'id' in value;
}

type Parsed = Readonly<Record<string, unknown>> & { readonly name: string };

function withVariants(feature: Parsed): Parsed {
  const { strategies } = feature;
  if (!Array.isArray(strategies) || strategies.every(hasVariants)) return feature;
  return {
    ...feature,
    strategies: strategies.map((strategy) => (hasVariants(strategy) ? strategy : { ...strategy, variants: [] })),
  };
}

function hasVariants(strategy: unknown): boolean {
  return !isRecord(strategy) || Array.isArray(strategy.variants);
}
