/**
 * All cases of @unleash/client-specification over HTTP: by POST /proxy with one name, and by GET /proxy/all. Exactly the
 * differences of spec appendix A are expected, with the results listed here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { swapDefinitions, swapEnvironment } from '../support/definitions.ts';
import { type Server, startServer } from '../support/server.ts';
import { subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';

interface Case {
  readonly description: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly toggleName: string;
  readonly expectedResult: unknown;
}

interface Specification {
  readonly name: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly tests?: readonly Case[];
  readonly variantTests?: readonly Case[];
}

interface Toggle {
  readonly name: string;
  readonly enabled: boolean;
  readonly variant: Readonly<Record<string, unknown>>;
}

const folder = join(
  dirname(createRequire(import.meta.url).resolve('@unleash/client-specification/package.json')),
  'specifications',
);
const specifications = readdirSync(folder)
  .filter((file) => /^\d+-.*\.json$/.test(file))
  .sort()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Specification);

/** The proxy fills in the peer address, so nobody is without one (both ways of asking). */
const peerAddress = {
  '06-remote-address-strategy': {
    'Feature.remoteAddress.A should not be enabled for missing remoteAddress on context': true,
  },
} as const;

/** GET gives an anonymous visitor a session, so nobody is without one. */
const syntheticSession = {
  '04-gradual-rollout-session-id-strategy': { 'Feature.A4 should be disabled when no user on context': true },
} as const;

type Differences = Readonly<Record<string, Readonly<Record<string, boolean>>>>;
const byName: Differences = peerAddress;
const byAll: Differences = { ...peerAddress, ...syntheticSession };

it('covers the 22 files and 279 cases of version 6.1.0', () => {
  expect(specifications).toHaveLength(22);
  const cases = specifications.flatMap(({ tests = [], variantTests = [] }) => [...tests, ...variantTests]);
  expect(cases).toHaveLength(279);
});

describe.each(subjects())('client specification over HTTP: %s', (subject) => {
  let upstream: Upstream;
  let server: Server;

  beforeAll(async () => {
    upstream = await startUpstream();
    server = await startServer(subject, { env: swapEnvironment(upstream) });
  });
  afterAll(async () => {
    await server?.stop();
    await upstream?.close();
  });

  describe.each(specifications)('$name', ({ name, state, tests = [], variantTests = [] }) => {
    beforeAll(() => swapDefinitions(upstream, [server], state));

    it.each(tests)('POST with one name: $description', async ({ context, toggleName, description, expectedResult }) => {
      const { enabled } = await askByName(server, toggleName, context);
      expect(enabled).toBe(byName[name]?.[description] ?? expectedResult);
    });

    it.each(tests)('GET all: $description', async ({ context, toggleName, description, expectedResult }) => {
      const toggle = await askAll(server, toggleName, context);
      expect(toggle?.enabled ?? false).toBe(byAll[name]?.[description] ?? expectedResult);
    });

    it.each(variantTests)('POST with one name: variant: $description', async (test) => {
      const { variant } = await askByName(server, test.toggleName, test.context);
      expect(withoutTwin(variant)).toEqual(test.expectedResult);
    });

    it.each(variantTests)('GET all: variant: $description', async (test) => {
      const toggle = await askAll(server, test.toggleName, test.context);
      const off = { name: 'disabled', enabled: false, feature_enabled: false };
      expect(toggle ? withoutTwin(toggle.variant) : off).toEqual(test.expectedResult);
    });
  });
});

async function askByName(server: Server, name: string, context: Case['context']): Promise<Toggle> {
  const got = await server.postJson('/proxy', { toggles: [name], context }, { authorization: 'k1' });
  expect(got.status, got.text).toBe(200);
  const { toggles } = JSON.parse(got.text) as { toggles: Toggle[] };
  expect(toggles.map((toggle) => toggle.name)).toEqual([name]);
  return toggles[0]!;
}

async function askAll(server: Server, name: string, context: Case['context']): Promise<Toggle | undefined> {
  const got = await server.get(`/proxy/all?${toQuery(context)}`, { authorization: 'k1' });
  expect(got.status, got.text).toBe(200);
  const { toggles } = JSON.parse(got.text) as { toggles: Toggle[] };
  return toggles.find((toggle) => toggle.name === name);
}

/** A query string cannot say null; leaving the key out is the nearest thing. */
function toQuery(context: Case['context']): string {
  const { properties = {}, ...root } = context;
  const pairs = [
    ...Object.entries(root),
    ...Object.entries(properties as Record<string, unknown>).map(
      ([key, value]) => [`properties[${key}]`, value] as const,
    ),
  ];
  return pairs
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&');
}

/** Every variant the proxy sends carries `feature_enabled` a second time as `featureEnabled`; the cases know one. */
function withoutTwin({ featureEnabled: _twin, ...variant }: Toggle['variant']): Record<string, unknown> {
  return variant;
}
