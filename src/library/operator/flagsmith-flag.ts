import { finish, type Steps } from '../../flags/steps.ts';
import type { CompiledEnvironment, CompiledFeature } from '../../flagsmith/engine/compile.ts';
import type { FeatureContext } from '../../flagsmith/engine/context.ts';
import { encodeJson } from '../../flagsmith/json/encode.ts';
import type { OperatorFlag } from '../../operations/operator/types.ts';

/** Most overrides of one feature that are compared one by one, of segments and of identities each. */
const mostCompared = 1_000;

/** Longer texts are compared by their length and by characters taken from everywhere in them. */
const longestCompared = 100_000;
const samples = 5_000;

/** What replaces the environment's own state of one feature. */
interface Overrides {
  readonly segments: [segment: string, state: FeatureContext][];
  readonly identities: [identifier: string, state: FeatureContext][];
  identityCount: number;
}

/**
 * The features of an environment as operator tools list them. A definition that is compared holds the overrides of
 * segments and identities, too; they are collected, some of them from the document's text, when definitions are
 * compared, and let go after that.
 */
export function flagsmithFlags(compiled: CompiledEnvironment): OperatorFlag[] {
  let collected: readonly Overrides[] | undefined;
  function* prepare(): Steps<void> {
    collected ??= yield* collect(compiled);
  }
  const release = () => {
    collected = undefined;
  };
  return compiled.features.map((feature, index) => ({
    name: feature.feature.name,
    state: stateOf(feature),
    project: undefined,
    prepare,
    release,
    fingerprint: () => {
      collected ??= finish(collect(compiled));
      return definitionText(feature.feature, collected[index] as Overrides);
    },
  }));
}

function stateOf({ feature, state, overridable }: CompiledFeature): OperatorFlag['state'] {
  if (overridable || state.split !== null) return 'depends';
  return feature.enabled ? 'on' : 'off';
}

function* collect({ features, segments, identityOverrides }: CompiledEnvironment): Steps<readonly Overrides[]> {
  const all = features.map((): Overrides => ({ segments: [], identities: [], identityCount: 0 }));
  for (const compiled of segments) {
    const { segment, indexes } = compiled;
    const states = compiled.look();
    indexes.forEach((index, i) => {
      const found = all[index]?.segments;
      const state = states[i]?.plain.feature;
      if (found !== undefined && state !== undefined && found.length < mostCompared) found.push([segment.name, state]);
    });
    yield;
  }
  for (const [identifier, list] of identityOverrides.entries()) {
    for (const { index, state } of list) {
      const found = all[index];
      if (found === undefined) continue;
      found.identityCount++;
      if (found.identities.length < mostCompared) found.identities.push([identifier, state.plain.feature]);
    }
    yield;
  }
  return all;
}

/** JSON, so that what is different can be told place by place. */
function definitionText(feature: FeatureContext, { segments, identities, identityCount }: Overrides): string {
  const parts = [...stateParts(feature)];
  if (segments.length > 0) parts.push(`"segments":${byName(segments, priorityPart)}`);
  if (identities.length > 0) parts.push(`"identities":${byName(identities, () => [])}`);
  if (identityCount > identities.length) parts.push(`"identityCount":${identityCount}`);
  return `{${parts.join(',')}}`;
}

function byName(
  states: readonly [string, FeatureContext][],
  more: (state: FeatureContext) => readonly string[],
): string {
  // Another order in the document is no change.
  const sorted = [...states].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const entries = sorted.map(
    ([name, state]) => `${JSON.stringify(name)}:{${[...stateParts(state), ...more(state)].join(',')}}`,
  );
  return `{${entries.join(',')}}`;
}

function stateParts({ enabled, value, variants }: FeatureContext): string[] {
  const shares = variants.map(
    ({ value: own, weightText, key }) =>
      `{"value":${valueText(own)},"percentage":${JSON.stringify(weightText)},"key":${JSON.stringify(key)}}`,
  );
  const own = [`"enabled":${enabled}`, `"value":${valueText(value)}`];
  return shares.length === 0 ? own : [...own, `"variants":[${shares.join(',')}]`];
}

/** Writing 20 MB of JSON in one go would hold requests up for 300 ms. */
function valueText(value: FeatureContext['value']): string {
  if (typeof value !== 'string' || value.length <= longestCompared) return encodeJson(value);
  const step = Math.floor(value.length / samples);
  let taken = '';
  for (let at = value.length % step; at < value.length; at += step) taken += value[at];
  const { length } = value;
  return JSON.stringify({ beginning: value.slice(0, 100), end: value.slice(-100), length, characters: taken });
}

function priorityPart({ priority }: FeatureContext): string[] {
  return Number.isFinite(priority) ? [`"priority":${priority}`] : [];
}
