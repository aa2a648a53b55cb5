// Deterministic Flagsmith environment documents and identity requests for side-by-side benchmarks.
//   node flagsmith-datasets.mjs simple|features50|realistic|overrides|unmet|features350 > document.json
//   node flagsmith-datasets.mjs realistic identities [n] [seed]      one request body per line
// simple:     5 features, no segments, no overrides (about 2 kB).
// features50: 50 features, mixed value types, 10 of them multivariate, no segments (about 18 kB).
// realistic:  features50 + 15 segments of 15 trait conditions, every feature overridden by every segment (about 316 kB):
//             the size of the profile the vendor publishes figures for.
// overrides:  realistic + 2,000 identity overrides (about 2 MB).
// unmet:      realistic + 150 segments of one, three and 15 conditions that no identity meets, each for one of six reasons,
//             overriding every feature (about 3 MB).
// features350: 350 features, 70 of them multivariate, and the segments of realistic.

const shapes = {
  simple: { id: 1, features: 5, multivariate: 0, segments: 0, overrides: 0 },
  features50: { id: 2, features: 50, multivariate: 10, segments: 0, overrides: 0 },
  realistic: { id: 3, features: 50, multivariate: 10, segments: 15, overrides: 0 },
  overrides: { id: 4, features: 50, multivariate: 10, segments: 15, overrides: 2000 },
  unmet: { id: 5, features: 50, multivariate: 10, segments: 15, overrides: 0, unmet: 150 },
  features350: { id: 6, features: 350, multivariate: 70, segments: 15, overrides: 0 },
};

export const profiles = Object.keys(shapes);

function shapeOf(profile) {
  if (!Object.hasOwn(shapes, profile)) throw new Error(`unknown profile '${profile}': ${profiles.join(', ')}`);
  return shapes[profile];
}

/** The key pair of a profile, as a proxy is configured with it. */
export function keys(profile) {
  shapeOf(profile);
  return { server: `ser.bench-${profile}`, client: `bench-${profile}` };
}

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const below = (r, n) => Math.floor(r() * n);
const pick = (r, list) => list[below(r, list.length)];
const pad = (n, width) => String(n).padStart(width, '0');

function uuid(r) {
  const hex = Array.from({ length: 32 }, () => below(r, 16).toString(16));
  hex[12] = '4';
  hex[16] = '89ab'[below(r, 4)];
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// ---------------------------------------------------------------------------------------------------------------------
// Features. Values are what the core API emits: string (JSON text and decimals included), integer, boolean or null.

const kinds = ['string', 'null', 'integer', 'boolean', 'json', 'decimal'];

function value(kind, index, salt) {
  switch (kind) {
    case 'string':
      return `value-${index}-${salt}`;
    case 'integer':
      return index * 1000 + salt;
    case 'boolean':
      return (index + salt) % 2 === 0;
    case 'json':
      return JSON.stringify({
        title: `Feature ${index}`,
        limit: 10 + salt,
        colors: ['red', 'green'],
        nested: { on: salt % 2 === 0 },
      });
    case 'decimal':
      return `${index}.${pad(salt, 2)}`;
    default:
      return null;
  }
}

function feature(index, shape) {
  const multivariate = shape.multivariate > 0 && index % Math.floor(shape.features / shape.multivariate) === 4;
  return {
    kind: multivariate ? 'string' : kinds[index % kinds.length],
    json: {
      id: 100 + index,
      name: `${['checkout', 'search', 'profile', 'billing', 'onboarding'][index % 5]}_feature_${pad(index, 3)}`,
      type: multivariate ? 'MULTIVARIATE' : 'STANDARD',
    },
  };
}

function featureState(r, id, index, { kind, json }, { enabled, salt, priority = null }) {
  const options = json.type === 'MULTIVARIATE' ? 2 + (index % 2) : 0;
  return {
    feature: { ...json },
    enabled,
    django_id: id,
    feature_segment: priority === null ? null : { priority },
    featurestate_uuid: uuid(r),
    feature_state_value: value(kind, index, salt),
    multivariate_feature_state_values: Array.from({ length: options }, (_, i) => ({
      multivariate_feature_option: { value: `variant-${index}-${i}`, id: index * 10 + i, key: `option_${i}` },
      percentage_allocation: i === 0 ? 20 + (salt % 3) * 10 : 25,
      id: id * 10 + i,
      mv_fs_value_uuid: uuid(r),
    })),
  };
}

// ---------------------------------------------------------------------------------------------------------------------
// Segments. Each of the 15 trait dimensions knows a condition for a cohort (0 to 7), a trait value that meets it, and some
// a condition that nobody should meet. Segments i and i + 8 aim at the same cohort, so both can match and their
// priorities compete. No segment matches a request without an identity.

const plans = ['free', 'starter', 'team', 'business', 'enterprise', 'education', 'nonprofit', 'internal'];
const countries = ['US', 'CA', 'GB', 'IE', 'DE', 'AT', 'FR', 'BE', 'ES', 'PT', 'IT', 'CH', 'SE', 'NO', 'JP', 'KR'];
const devices = ['ios', 'android', 'web', 'desktop'];
const at = (list, n) => list[n % list.length];
const condition = (property_, operator, expected) => ({ operator, value: expected, property_ });

const dimensions = [
  { key: 'plan', wanted: (c) => ['EQUAL', plans[c % 8]], refused: ['EQUAL', 'banned'], value: (_r, c) => plans[c] },
  {
    key: 'country',
    wanted: (c) => ['IN', [0, 1, 2].map((i) => at(countries, 2 * c + i)).join(',')],
    refused: ['IN', 'XA,XB,XC'],
    value: (r, c) => at(countries, 2 * c + below(r, 3)),
  },
  {
    key: 'age',
    wanted: (c) => ['GREATER_THAN_INCLUSIVE', String(18 + (c % 8))],
    refused: ['LESS_THAN', '13'],
    value: (r, c) => 18 + c + below(r, 40),
  },
  {
    key: 'email',
    wanted: (c, odd) => (odd ? ['REGEX', `^[a-z0-9.]+@org${c % 8}\\.example\\.com$`] : ['CONTAINS', `@org${c % 8}.`]),
    refused: ['CONTAINS', '@spam.'],
    value: (r, c) => `user.${below(r, 1e6)}@org${c}.example.com`,
  },
  { key: 'logins', wanted: (c) => ['GREATER_THAN', String((c % 8) * 10)], value: (r, c) => c * 10 + 1 + below(r, 500) },
  {
    key: 'app_version',
    wanted: (c) => ['GREATER_THAN_INCLUSIVE', `2.${c % 8}.0:semver`],
    value: (r, c) => `2.${c + below(r, 3)}.${below(r, 20)}`,
  },
  { key: 'is_staff', wanted: (c) => ['EQUAL', c % 2 === 0 ? 'true' : 'false'], value: (_r, c) => c % 2 === 0 },
  {
    key: 'revenue',
    wanted: (c) => ['GREATER_THAN', `${(c % 8) * 100}.5`],
    value: (r, c) => c * 100 + 1 + below(r, 1000) + 0.25,
  },
  {
    key: 'device',
    wanted: (c) => ['IN', `${at(devices, c)},${at(devices, c + 1)}`],
    refused: ['EQUAL', 'bot'],
    value: (r, c) => at(devices, c + below(r, 2)),
  },
  {
    key: 'locale',
    wanted: (c) => ['NOT_EQUAL', at(['xx', 'zz'], c)],
    value: (r) => pick(r, ['en', 'de', 'fr', 'es', 'ja']),
  },
  {
    key: 'source',
    wanted: () => ['NOT_CONTAINS', 'bot'],
    value: (r) => pick(r, ['organic', 'referral', 'campaign', 'partner']),
  },
  { key: 'account_id', wanted: (c) => ['MODULO', `8|${c % 8}`], value: (r, c) => 8 * (1 + below(r, 1e5)) + c },
  { key: 'opted_in_at', wanted: () => ['IS_SET', ''], value: (r) => `2024-0${1 + below(r, 9)}-15` },
  { key: 'blocked_at', wanted: () => ['IS_NOT_SET', ''], value: () => null },
  {
    key: 'seats',
    wanted: (_c, odd) => (odd ? ['PERCENTAGE_SPLIT', '70'] : ['LESS_THAN_INCLUSIVE', '500']),
    value: (r) => 1 + below(r, 500),
  },
];

// Dimensions of the five "one of three cohorts" groups.
const alternatives = ['plan', 'country', 'age', 'email', 'account_id'];

const leaf = (type, conditions) => ({ type, rules: [], conditions });

function rules(index) {
  const cohort = index % 8;
  const odd = index % 2 === 1;
  const rotated = dimensions.map((_, i) => dimensions[(i + index * 4) % dimensions.length]);
  const wanted = (d, c = cohort) => condition(d.key, ...d.wanted(c, odd));
  if (index === 2 || index === 8 || index === 14) {
    // five groups of three alternatives: an identity of any of three neighbouring cohorts can match
    return [
      {
        type: 'ALL',
        rules: rotated
          .filter((d) => alternatives.includes(d.key))
          .map((d) =>
            leaf(
              'ANY',
              [0, 1, 2].map((i) => wanted(d, cohort + i)),
            ),
          ),
        conditions: [],
      },
    ];
  }
  if (index === 5 || index === 11) {
    // ten conditions that must hold, five that must not
    const refused = rotated.filter((d) => d.refused);
    const held = rotated.filter((d) => !d.refused);
    return [
      {
        type: 'ALL',
        rules: [
          ...held.map((d) => leaf('ANY', [wanted(d)])),
          leaf(
            'NONE',
            refused.map((d) => condition(d.key, ...d.refused)),
          ),
        ],
        conditions: [],
      },
    ];
  }
  // as the dashboard writes 15 conditions joined by AND
  return [{ type: 'ALL', rules: rotated.map((d) => leaf('ANY', [wanted(d)])), conditions: [] }];
}

// What nobody meets, in the ways of real documents: another value, out of reach, not in the list, never sent, no match.
const refusals = [
  (n) => condition('plan', 'EQUAL', `nobody-${n}`),
  (n) => condition('age', 'GREATER_THAN', String(200 + n)),
  (n) => condition('country', 'IN', `X${n},Y${n},Z${n}`),
  (n) => condition(`partner_${n % 25}`, 'IS_SET', ''),
  (n) => condition('email', 'REGEX', `^qa-${n}-[0-9]+@lab\\.example\\.com$`),
  (n) => condition('app_version', 'GREATER_THAN_INCLUSIVE', `${10 + n}.0.0:semver`),
];

/**
 * Rules that nobody meets: one condition of {@link refusals} alone, as the third of three, or as the second of 15 of which
 * others are met by the same identities that meet segments.
 */
function unmetRules(index) {
  const refused = refusals[index % refusals.length](index);
  const size = Math.floor(index / refusals.length) % 3;
  if (size === 0) return [leaf('ALL', [refused])];
  const cohort = Math.floor(index / 18);
  const [{ rules: all }] = rules([0, 1, 3, 4, 6, 7][cohort % 6] + 15 * cohort);
  const others = size === 1 ? all.slice(0, 2) : [all[0], ...all.slice(2)];
  others.splice(size === 1 ? 2 : 1, 0, leaf('ANY', [refused]));
  return [{ type: 'ALL', rules: others, conditions: [] }];
}

// ---------------------------------------------------------------------------------------------------------------------
// Documents

const identifier = (n) => (n % 5 === 0 ? `person${n}@example.com` : `user-${pad(n, 6)}`);

function identityOverride(r, n, _shape, features, environmentKey, nextId) {
  // 60 % share one of 20 bundles (a group of testers), the others have values of their own
  const shared = r() < 0.6;
  const bundle = shared ? below(r, 20) : n;
  const standard = features.map((f, index) => ({ f, index })).filter(({ f }) => f.json.type === 'STANDARD');
  const count = 1 + (bundle % 3);
  return {
    identifier: identifier(n),
    environment_api_key: environmentKey,
    created_date: '2024-01-15T10:00:00.000000+00:00',
    identity_features: Array.from({ length: count }, (_, i) => {
      const { f, index } = standard[(bundle * 7 + i * 11) % standard.length];
      return featureState(r, nextId(), index, f, {
        enabled: (bundle + i) % 4 !== 0,
        salt: shared ? 50 + bundle : 100 + n,
      });
    }),
    identity_traits: [],
    identity_uuid: uuid(r),
    django_id: null,
    dashboard_alias: null,
    composite_key: `${environmentKey}_${identifier(n)}`,
  };
}

/** The JSON of GET /environment-document/ for a profile, all identity overrides included. */
export function environmentDocument(profile) {
  const shape = shapeOf(profile);
  const client = keys(profile).client;
  const r = random(4200 + (shape.features > 5 ? 1 : 0));
  let id = 1000;
  const nextId = () => ++id;
  const features = Array.from({ length: shape.features }, (_, i) => feature(i, shape));
  const featureStates = features.map((f, i) => featureState(r, nextId(), i, f, { enabled: r() < 0.7, salt: 0 }));
  const segments = Array.from({ length: shape.segments }, (_, s) => ({
    id: 10 + s,
    name: `segment-${pad(s, 2)}`,
    rules: rules(s),
    // every feature has its own order of the segments
    feature_states: features.map((f, i) =>
      featureState(r, nextId(), i, f, { enabled: (s + i) % 3 !== 0, salt: 1 + s, priority: (s * 7 + i) % 15 }),
    ),
  }));
  const identityOverrides = Array.from({ length: shape.overrides }, (_, n) =>
    identityOverride(r, n, shape, features, client, nextId),
  );
  for (let s = 0; s < (shape.unmet ?? 0); s++) {
    segments.push({
      id: 1000 + s,
      name: `unmet-${pad(s, 3)}`,
      rules: unmetRules(s),
      feature_states: features.map((f, i) =>
        featureState(r, nextId(), i, f, { enabled: i % 2 === 0, salt: 200 + s, priority: 20 + s }),
      ),
    });
  }
  return {
    id: shape.id,
    api_key: client,
    project: {
      id: 1,
      name: 'Benchmark',
      organisation: {
        id: 1,
        name: 'Example',
        feature_analytics: false,
        stop_serving_flags: false,
        persist_trait_data: true,
      },
      hide_disabled_flags: false,
      segments,
      enable_realtime_updates: false,
      server_key_only_feature_ids: shape.features > 5 ? [features[7].json.id, features[23].json.id] : [],
    },
    feature_states: featureStates,
    identity_overrides: identityOverrides,
    name: `Benchmark ${profile}`,
    allow_client_traits: true,
    updated_at: '2024-05-06T07:08:09.123456+00:00',
    hide_sensitive_data: false,
    hide_disabled_flags: null,
    use_identity_composite_key_for_hashing: true,
    use_identity_overrides_in_local_eval: true,
  };
}

/**
 * Bodies for POST /api/v1/identities/. With segments: half of the identities meet every condition of a cohort, a third
 * miss exactly one condition, the rest send three traits. With identity overrides: 3 in 10 have an override.
 */
export function identityRequests(profile, n, seed = 1) {
  const shape = shapeOf(profile);
  const r = random(seed * 7919 + shape.id);
  return Array.from({ length: n }, () => {
    const cohort = below(r, 8);
    const known = r() < 0.3;
    const name = identifier(shape.overrides && known ? below(r, shape.overrides) : 500000 + below(r, 400000));
    const traits = dimensions
      .map((d) => ({ trait_key: d.key, trait_value: d.value(r, cohort) }))
      .filter((t) => t.trait_value !== null);
    if (shape.segments === 0) return { identifier: name, traits: traits.slice(0, 3) };
    const kind = r();
    if (kind < 0.5) return { identifier: name, traits };
    if (kind < 0.83) {
      const missed = traits[below(r, traits.length)];
      if (typeof missed.trait_value === 'string') missed.trait_value = 'bot';
      else if (typeof missed.trait_value === 'boolean') missed.trait_value = !missed.trait_value;
      else missed.trait_value = -0.5;
      return { identifier: name, traits };
    }
    return {
      identifier: name,
      traits: [pick(r, traits.slice(0, 5)), pick(r, traits.slice(5, 10)), pick(r, traits.slice(10))],
    };
  });
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').pop())) {
  const [profile = 'realistic', what = 'document', n = '1000', seed = '1'] = process.argv.slice(2);
  process.stdout.write(
    what === 'identities'
      ? identityRequests(profile, Number(n), Number(seed))
          .map((body) => `${JSON.stringify(body)}\n`)
          .join('')
      : JSON.stringify(environmentDocument(profile)),
  );
}
