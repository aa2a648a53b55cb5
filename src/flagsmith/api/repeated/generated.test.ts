/** Remembered decisions are those of now: the same requests to an API with the memory and to one without. */
import { describe, expect, it, vi } from 'vitest';
import { environmentDocument } from '../../../../bench/flagsmith-datasets.mjs';
import { client, e2eDocument } from '../../../../test/flagsmith/api.ts';
import { finish } from '../../../flags/steps.ts';
import type { HttpReply } from '../../../http/types.ts';
import { EnvironmentRegistry } from '../../environment/registry.ts';
import { loadEnvironment, type ServingOptions } from '../../environment/served-environment.ts';
import { RepeatedIdentities } from './repeated-identities.ts';

const requests = 4_000;
const path = '/api/v1/identities/';
const environments = ['one', 'two', 'bench'] as const;
const segments = JSON.parse(JSON.stringify(environmentDocument('realistic')));
const overridden = segments.project.segments.slice(0, 4);

/** Numbers in [0, 1), the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An environment's document; with another `version` other identities see other values. */
function documentOf(name: (typeof environments)[number], version: number): string {
  if (name === 'bench') {
    const document = structuredClone({ ...segments, project: { ...segments.project, segments: overridden } });
    for (const state of document.feature_states) {
      if (typeof state.feature_state_value === 'string') state.feature_state_value += `, version ${version}`;
      for (const variant of state.multivariate_feature_state_values)
        variant.percentage_allocation = 10 + (version % 3) * 10;
    }
    const [state] = document.feature_states;
    document.identity_overrides = ['user-1', 'user-2'].slice(version % 2).map((identifier) => ({
      identifier,
      identity_features: [
        { ...state, enabled: version % 3 === 0, feature_state_value: `for ${identifier} in ${version}` },
      ],
    }));
    return JSON.stringify(document);
  }
  const project = name === 'two' ? { hide_disabled_flags: version % 2 === 0 } : {};
  return e2eDocument({ api_key: name, name: `${name} ${version}` }, project).replaceAll('"foo"', `"foo ${version}"`);
}

const identities = ['user-1', 'user-2', 'alice', 'mvuser', 'bob', '7', 'José ☃', '"\\', '', '\ud800', 'a\nb'];
const traitLists = [
  undefined,
  [],
  [{ trait_key: 'tier', trait_value: 'gold' }],
  [
    { trait_key: 'plan', trait_value: 'enterprise' },
    { trait_key: 'age', trait_value: 41 },
  ],
  [
    { trait_key: 'é', trait_value: 'ü', transient: true },
    { trait_key: 'n', trait_value: 1.5 },
  ],
  [{ trait_key: 'none', trait_value: null }],
];

/** What clients may send, right and wrong, in several spellings of the same. */
const bodies: (string | Uint8Array)[] = [
  ...[...identities, null].flatMap((identifier) =>
    traitLists.flatMap((traits, i) => {
      const text = JSON.stringify({ identifier, traits });
      return i === 3 ? [text, JSON.stringify({ identifier, traits }, null, 1), `\ufeff${text}`] : [text];
    }),
  ),
  '{"traits":[{"trait_key":"n","trait_value":1.0}],"identifier":"order"}',
  '{"identifier":"a","traits":[{"trait_key":"n","trait_value":1.0}]}',
  '{"identifier":"a","traits":[{"trait_key":"n","trait_value":01}]}',
  '{"identifier":"twice","identifier":"user-1"}',
  '{"identifier":"a","other":[1,{"x":null}]}',
  `{"identifier":"${'long'.repeat(1_500)}"}`,
  `{"identifier":"long","traits":[{"trait_key":"${'k'.repeat(20_000)}","trait_value":1}]}`,
  ...['', '{}', 'null', '[]', '{"identifier":5}', '{"identifier":"a"', '{"identifier":"a"}}', '?alice'],
  Uint8Array.of(0x7b, 0xff, 0x7d),
];
const queries = [...identities.filter((name) => name !== '\ud800'), 'x'.repeat(300)].map(
  (name) => `${path}?identifier=${encodeURIComponent(name)}`,
);

const keys = [...environments.flatMap((name) => [name, name, `ser.${name}`]), 'unknown'];
const types = ['application/json', 'application/json', 'application/json; charset=utf-8', undefined, 'text/plain'];
const more: Record<string, string>[] = [
  {},
  {},
  {},
  { 'accept-encoding': 'gzip' },
  { origin: 'https://a.example' },
  { origin: 'https://a.example', cookie: 'a=b', 'accept-encoding': 'gzip' },
];

function world(limitBytes: number) {
  const registry = new EnvironmentRegistry(() => 0);
  const repeated = new RepeatedIdentities(limitBytes);
  registry.onPublish((clientKey) => repeated.forget(clientKey));
  const told: unknown[] = [];
  let drawn = 0;
  const send = client(registry, {
    repeated,
    sendUpdatedAt: true,
    randomIdentifier: () => `drawn-${drawn++}`,
    onUsage: (...usage) => told.push(usage),
    onRequest: (...request) => told.push(request),
  });
  const publish = (name: (typeof environments)[number], version: number, options: ServingOptions) => {
    const registered = registry.register({ clientKey: name, serverKeys: [`ser.${name}`] });
    const { environment } = finish(loadEnvironment([documentOf(name, version)], options));
    if (environment === null) throw new Error('no environment');
    registered.slot.publish(environment, 'upstream');
  };
  const counts = () => [...registry].map(({ clientKey, evaluations }) => [clientKey, evaluations.flagsmith.bulk]);
  return { registry, repeated, send, publish, told, counts };
}

const shown = ({ status, headers, body }: HttpReply) => ({
  status,
  headers,
  body: body === null ? '' : Buffer.from(body as Uint8Array).toString('latin1'),
});

describe.each([
  ['room for all', 4_000_000, 'proxy'],
  ['little room', 40_000, 'core'],
] as const)('with %s', (_, limitBytes, mode) => {
  it('every answer, header and count is the one that a decision anew gives', async () => {
    const random = seeded(limitBytes);
    const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
    const [remembering, plain] = [world(limitBytes), world(0)];
    const recalled = vi.spyOn(remembering.repeated, 'recall');
    let version = 0;
    const publish = (name: (typeof environments)[number]) => {
      for (const { publish } of [remembering, plain]) publish(name, version, { mode, details: version % 4 === 3 });
      version += 1;
    };
    for (const name of environments) publish(name);
    for (let i = 0; i < requests; i++) {
      if (random() < 0.01) publish(pick(environments));
      if (random() < 0.002) {
        const name = pick(environments);
        for (const { registry } of [remembering, plain]) registry.remove(name);
        publish(name);
      }
      const isGet = random() < 0.2;
      // some come far more often than others
      const body = random() < 0.7 ? pick(bodies.slice(0, 25)) : pick(bodies);
      const query = pick(queries);
      const headers: Record<string, string> = { 'x-environment-key': pick(keys), ...pick(more) };
      const type = pick(types);
      if (!isGet && type !== undefined) headers['content-type'] = type;
      const ask = ({ send }: typeof plain) => (isGet ? send('GET', query, headers) : send('POST', path, headers, body));
      const [got, wanted] = [await ask(remembering), await ask(plain)];
      expect(shown(got), `${i}: ${isGet ? query : body} with ${JSON.stringify(headers)}`).toEqual(shown(wanted));
      expect(remembering.repeated.filled.used).toBeLessThanOrEqual(limitBytes);
    }
    expect(remembering.told).toEqual(plain.told);
    expect(remembering.counts()).toEqual(plain.counts());
    const hits = recalled.mock.results.filter(({ value }) => value !== undefined).length;
    expect(hits).toBeGreaterThan(requests / 10);
    expect(plain.repeated.filled).toEqual({ used: 0, limit: 0 });
  });
});
