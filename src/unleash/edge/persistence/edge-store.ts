import { type StateStore, StateStoreError } from '../../../flags/state-store.ts';
import { runInSlices, type Slicing } from '../../../flags/steps.ts';
import { parseJsonInSteps } from '../../definitions/parse-json.ts';
import { allFlags } from '../documents/read-features.ts';
import { type ClientFeatures, type EdgeStore, type EdgeToken, RawFeature } from '../types.ts';

/** The original knows the first two. It has no time in them. */
const entries = { tokens: 'unleash-tokens', features: 'unleash-features', changes: 'halyard-changes' } as const;

/**
 * Tokens and definitions in the formats of Unleash Edge: a list of tokens, and a list of pairs of cache key and
 * document. A backup that the original wrote can be read, and the other way round.
 *
 * Calls reject with `StateStoreError`, also for what is stored but no such list. Large documents are read and written
 * in slices.
 *
 * Source: Unleash Edge specification 17.
 */
export function createEdgeStore(store: StateStore, slicing: Slicing): EdgeStore {
  const loadList = async (entry: string): Promise<readonly unknown[]> => {
    const bytes = await store.load(entry);
    if (bytes === undefined || bytes.length === 0) return [];
    const value = await parse(bytes, entry, store.label, slicing);
    if (!Array.isArray(value)) throw new StateStoreError(`${entry} in ${store.label} holds no list`);
    return value;
  };
  return {
    description: store.label,
    loadTokens: () => loadList(entries.tokens),
    async loadFeatures() {
      const pairs: [string, unknown][] = [];
      for (const pair of await loadList(entries.features)) {
        if (Array.isArray(pair) && typeof pair[0] === 'string') pairs.push([pair[0], pair[1]]);
      }
      return pairs;
    },
    saveTokens: (tokens) => store.save(entries.tokens, list(tokens, tokenText)),
    saveFeatures: (features) => store.save(entries.features, list(features, pairTexts)),
    async loadChangeTimes() {
      const times = new Map<string, number>();
      for (const pair of await loadList(entries.changes)) {
        if (!Array.isArray(pair)) continue;
        const [key, time] = pair as unknown[];
        if (typeof key === 'string' && typeof time === 'number' && time > 0) times.set(key, time);
      }
      return times;
    },
    saveChangeTimes: (changedAtMs) => store.save(entries.changes, list(changedAtMs, jsonText)),
    close: () => store.close(),
  };
}

async function parse(bytes: Uint8Array, entry: string, label: string, slicing: Slicing): Promise<unknown> {
  try {
    return await runInSlices(parseJsonInSteps(bytes, allFlags), slicing);
  } catch (error) {
    throw new StateStoreError(`${entry} in ${label} cannot be read: ${(error as Error).message}`);
  }
}

function* list<Item>(items: Iterable<Item>, texts: (item: Item) => Iterable<string>): Generator<string, void, void> {
  yield '[';
  let first = true;
  for (const item of items) {
    if (!first) yield ',';
    first = false;
    yield* texts(item);
  }
  yield ']';
}

function* tokenText({ token, type, environment, projects, status }: EdgeToken): Generator<string, void, void> {
  yield JSON.stringify({ token, type, environment, projects, status });
}

/** A pair, flag by flag: one call for a large document would hold up requests. */
function* pairTexts([key, document]: readonly [string, ClientFeatures]): Generator<string, void, void> {
  yield `[${JSON.stringify(key)},{`;
  let first = true;
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${first ? '' : ','}${JSON.stringify(name)}:`;
    first = false;
    if (Array.isArray(value)) yield* list(value, jsonText);
    else yield JSON.stringify(value);
  }
  yield '}]';
}

function* jsonText(value: unknown): Generator<string, void, void> {
  yield value instanceof RawFeature ? value.text : (JSON.stringify(value) ?? 'null');
}
