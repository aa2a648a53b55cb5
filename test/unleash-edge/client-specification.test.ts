/** The client specification through the frontend API of the real Edge and of Halyard: each suite is an environment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryOf, shownVariant, suites, type Toggle } from '../edge/suites.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { newAccount } from './support/compare.ts';
import { hasRealEdge, type Pair, startPair } from './support/pair.ts';
import { tally } from './support/tally.ts';
import { type EdgeUpstream, startEdgeUpstream } from './support/upstream.ts';

const available = hasRealEdge('the client specification through the real Unleash Edge');

/** What came after the specification 5.2.2 that the original speaks: only Halyard passes all of these suites. */
const later: readonly string[] = [
  '14-constraint-semver-operators',
  '21-regex-constraint-operators',
  '22-cidr-constraint-operator',
];

const headersOf = (index: number) => ({
  authorization: `*:suite${index}.frontend-1`,
  'x-forwarded-for': '203.0.113.77',
});

/** Descriptions of the cases that a server fails. */
async function failures(server: Server, index: number): Promise<string[]> {
  const suite = suites[index]!;
  const failed: string[] = [];
  for (const { description, toggleName, context, expectedResult } of [...suite.tests, ...suite.variantTests]) {
    const { text } = await server.get(`/api/frontend/all?${queryOf(context)}`, headersOf(index));
    const { toggles = [] } = JSON.parse(text) as { toggles?: readonly Toggle[] };
    const toggle = toggles.find(({ name }) => name === toggleName);
    const isVariant = typeof expectedResult === 'object';
    const got = isVariant ? shownVariant(toggle, expectedResult) : (toggle?.enabled ?? false);
    if (JSON.stringify(sorted(got)) !== JSON.stringify(sorted(expectedResult))) failed.push(description);
  }
  return failed;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort()
      .map(([name, member]) => [name, sorted(member)]),
  );
}

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  let upstream: EdgeUpstream;
  let pair: Pair;
  const account = newAccount();

  beforeAll(async () => {
    upstream = await startEdgeUpstream();
    for (const [index, { document }] of suites.entries()) upstream.documents.set(`suite${index}`, document);
    pair = await startPair(subject, (name) => ({
      args: ['edge'],
      env: {
        UPSTREAM_URL: `${upstream.origin}/${name}`,
        DYNAMIC: 'true',
        TRUST_PROXY: 'true',
        FEATURES_REFRESH_INTERVAL_SECONDS: '3600',
      },
    }));
    for (const index of suites.keys()) {
      for (const server of pair.both) {
        await server.get('/api/client/features', { authorization: `*:suite${index}.client-1` });
      }
    }
  });

  afterAll(async () => {
    await pair?.stop();
    await upstream?.close();
  });

  test.each(suites.map(({ name }, index) => [name, index] as const))('%s', async (name, index) => {
    const [real, halyard] = await Promise.all(pair.both.map((server) => failures(server, index)));
    expect(halyard).toEqual([]);
    if (later.includes(name)) expect(real).not.toEqual([]);
    else expect(real).toEqual([]);
    account.comparisons += suites[index]!.tests.length + suites[index]!.variantTests.length;
  });

  test('the account', () => tally('client specification', subject, account));
});
