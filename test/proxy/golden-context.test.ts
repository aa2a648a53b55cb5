/** The 54 recorded request → context pairs, observed through an enricher file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, golden } from '../support/golden.ts';
import { type Server, startServer } from '../support/server.ts';
import { isHalyard, subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { toRawRequest } from './golden/compare.ts';
import { fixtureFile } from './golden/start.ts';
import { intendedDifferences } from './intended-differences.ts';

it('has the recorded 54 pairs, and every intended difference names one', () => {
  expect(golden.contextParsing).toHaveLength(54);
  const names = new Set(golden.contextParsing.map(({ name }) => name));
  expect(Object.keys(intendedDifferences.contexts).filter((name) => !names.has(name))).toEqual([]);
});

describe.each(subjects())('golden contexts: %s', (subject) => {
  let upstream: Upstream;
  let server: Server;
  let directory: string;
  let log: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'halyard-contexts-'));
    log = join(directory, 'contexts');
    writeFileSync(log, '');
    upstream = await startUpstream({ definitions: fixture('small') });
    server = await startServer(subject, {
      env: {
        UNLEASH_URL: `${upstream.origin}/api`,
        UNLEASH_API_TOKEN: 'api-token',
        UNLEASH_PROXY_CLIENT_KEYS: 'k1',
        EXP_CUSTOM_ENRICHERS_FILE: fixtureFile('enrichers-record.cjs'),
        CONTEXT_LOG: log,
      },
    });
  });

  afterAll(async () => {
    await server?.stop();
    await upstream?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(golden.contextParsing)('$name', async ({ name, request, status, context }) => {
    writeFileSync(log, '');
    const raw = toRawRequest(name, request);
    const json = raw.body === undefined ? {} : { 'content-type': 'application/json' };
    const got = await server.request({ ...raw, headers: { authorization: 'k1', ...json, ...raw.headers } });
    expect(got.status, got.text).toBe(status);
    const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
    const difference = isHalyard(subject) ? intendedDifferences.contexts[name] : undefined;
    const wanted = difference ? difference.context : context;
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(wanted === null ? [] : [wanted]);
  });
});
