/** Definitions in one spelling, so that two servers' answers can be compared by what they mean. */

type Json = Readonly<Record<string, unknown>>;
type Shape = { readonly [name: string]: true | 'time' | 'operator' | Shape };

const constraint: Shape = {
  contextName: true,
  operator: 'operator',
  caseInsensitive: true,
  inverted: true,
  values: true,
  value: true,
};
const variant: Shape = {
  name: true,
  weight: true,
  weightType: true,
  stickiness: true,
  payload: { type: true, value: true },
  overrides: { contextName: true, values: true },
};
const strategy: Shape = {
  name: true,
  sortOrder: true,
  segments: true,
  constraints: constraint,
  parameters: true,
  variants: { name: true, weight: true, stickiness: true, payload: { type: true, value: true } },
};
const feature: Shape = {
  name: true,
  type: true,
  description: true,
  createdAt: 'time',
  lastSeenAt: 'time',
  enabled: true,
  stale: true,
  impressionData: true,
  project: true,
  strategies: strategy,
  variants: variant,
  dependencies: { feature: true, enabled: true, variants: true },
};
const document: Shape = {
  version: true,
  features: feature,
  segments: { id: true, constraints: constraint },
  query: true,
  meta: { etag: true, revisionId: true, queryHash: true },
};

/** Keeps the members that the original knows, leaves out null, and writes defaults where a member is missing. */
function shaped(value: unknown, shape: Shape): unknown {
  if (Array.isArray(value)) return value.map((item) => shaped(item, shape));
  if (typeof value !== 'object' || value === null) return value;
  const defaults =
    shape === constraint ? { caseInsensitive: false, inverted: false } : shape === strategy ? { variants: [] } : {};
  const members = Object.entries({ ...defaults, ...value })
    .filter(([name, member]) => name in shape && member !== null)
    .map(([name, member]) => [name, shapedMember(member, shape[name] as Shape[string])]);
  return Object.fromEntries(members);
}

function shapedMember(value: unknown, shape: Shape[string]): unknown {
  // The original writes an operator that it does not know as an object around the name.
  if (shape === 'operator') return typeof value === 'string' ? value : Object.values(value as object)[0];
  if (shape === 'time') return new Date(String(value)).toISOString();
  return shape === true ? value : shaped(value, shape);
}

/** A client-features document with its flags in the order of their names and the segments that they refer to. */
export function canonicalDocument(text: string): unknown {
  const found = shaped(JSON.parse(text), document) as Json & { features: Json[]; segments?: { id: number }[] };
  const features = found.features.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
  const used = new Set(
    features.flatMap(({ strategies = [] }) =>
      (strategies as { segments?: number[] }[]).flatMap((s) => s.segments ?? []),
    ),
  );
  const segments = found.segments?.filter(({ id }) => used.has(id)) ?? [];
  return { ...found, features, segments };
}

/** One flag's definition. */
export const canonicalFeature = (text: string): unknown => shaped(JSON.parse(text), feature);

/** A list of delta events. */
export function canonicalEvents(text: string): unknown {
  const { events } = JSON.parse(text) as { events: Record<string, unknown>[] };
  return events.map((event) => {
    const byName = (a: Json, b: Json) => (String(a.name) < String(b.name) ? -1 : 1);
    const features =
      event.features === undefined ? undefined : (shaped(event.features, feature) as Json[]).sort(byName);
    return {
      ...event,
      features,
      feature: event.feature === undefined ? undefined : shaped(event.feature, feature),
      segment: event.segment === undefined ? undefined : shaped(event.segment, { id: true, constraints: constraint }),
    };
  });
}
