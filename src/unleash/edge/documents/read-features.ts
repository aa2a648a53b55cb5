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
 * @throws UnusableDefinitionsError when there is no list of features
 */
export function readClientFeatures(document: unknown): ClientFeatures {
  if (!isRecord(document) || !Array.isArray(document.features)) {
    throw new UnusableDefinitionsError('the answer holds no list "features"');
  }
  const { version, segments, query, meta } = document;
  return {
    version: typeof version === 'number' ? version : 2,
    features: document.features.map((entry) => readFeature(entry)).filter((entry) => entry instanceof RawFeature),
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
