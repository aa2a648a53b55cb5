/**
 * Generated definitions and requests, sent to the real Unleash Edge 19.15.1 and to Halyard side by side over the same
 * scripted upstream. `HALYARD_DIFF_RUNS` sets how many sets of definitions are tried per subject, `HALYARD_DIFF_SEED`
 * the seed.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawRequest } from '../support/http.ts';
import { halyards } from '../support/subjects.ts';
import { edgeDocument } from './generate/documents.ts';
import { type Group, groups, inEnvironment } from './generate/requests.ts';
import { everywhere } from './intended-differences.ts';
import { type Account, difference, newAccount } from './support/compare.ts';
import { hasRealEdge, type Pair, startPair } from './support/pair.ts';
import { expectAllMet, tally } from './support/tally.ts';
import { type EdgeUpstream, startEdgeUpstream } from './support/upstream.ts';

const runs = Number(process.env.HALYARD_DIFF_RUNS ?? 40);
const seed = Number(process.env.HALYARD_DIFF_SEED ?? 20_261_121);
const requestsPerRun = 10;
/** Once so many kinds of difference are found, the rest is not tried. */
const enough = Number(process.env.HALYARD_DIFF_ENOUGH ?? 25);

const names = Object.keys(groups) as Group[];
const available = hasRealEdge('the generated comparison with the real Unleash Edge');

describe.skipIf(!available).each(halyards())('generated comparison with the real Unleash Edge: %s', (subject) => {
  let upstream: EdgeUpstream;
  let pair: Pair;
  let documents = 0;
  const total = newAccount();

  beforeAll(async () => {
    upstream = await startEdgeUpstream();
    pair = await startPair(subject, (name) => ({
      args: ['edge'],
      env: {
        UPSTREAM_URL: `${upstream.origin}/${name}`,
        DYNAMIC: 'true',
        FEATURES_REFRESH_INTERVAL_SECONDS: '3600',
        METRICS_INTERVAL_SECONDS: '3600',
      },
    }));
  });

  afterAll(async () => {
    await pair?.stop();
    await upstream?.close();
  });

  type Report = (kind: string, text: string) => void;

  /** @param etags sent back as they were got from each, when there are any. @returns those of equal replies */
  async function compareOnce(
    request: RawRequest,
    account: Account,
    report: Report,
    etags: readonly (string | undefined)[] = [],
  ): Promise<readonly (string | undefined)[]> {
    const [wanted, got] = await Promise.allSettled(
      pair.both.map((server, i) => {
        const condition = etags[i] === undefined ? {} : { 'if-none-match': etags[i] };
        return server.request({ ...request, headers: { ...request.headers, ...condition } });
      }),
    );
    if (wanted?.status !== 'fulfilled') {
      report(
        'no answer of the original',
        `${wanted?.reason} to ${JSON.stringify(request)}\n${pair.real.stderr().slice(-600)}`,
      );
      return [];
    }
    if (got?.status !== 'fulfilled') {
      report('no answer', `no answer: ${got?.reason} to ${JSON.stringify(request)}`);
      return [];
    }
    const found = difference(request, wanted.value, got.value, everywhere, account);
    if (found !== undefined) report(found.kind, found.text);
    return found === undefined && wanted.value.status === 200
      ? [wanted.value.headers.etag, got.value.headers.etag]
      : [];
  }

  test.each(names)(`%s: ${runs} × ${requestsPerRun} requests`, { timeout: 60_000 + runs * 3000 }, async (group) => {
    const scenario = fc.record({
      document: edgeDocument,
      requests: fc.array(groups[group], { minLength: requestsPerRun, maxLength: requestsPerRun, size: 'max' }),
    });
    const account = newAccount();
    const found = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(scenario, async ({ document, requests }) => {
        if (found.size >= enough) return;
        const environment = `doc${documents++}`;
        upstream.documents.set(environment, document);
        const report: Report = (kind, text) => {
          if (!found.has(kind)) found.set(kind, `${text}\nDOCUMENT ${JSON.stringify(document)}`);
        };
        const first = { path: '/api/client/features', headers: { authorization: `*:${environment}.client-1` } };
        await compareOnce(first, account, report);
        for (const generated of requests) {
          const request = inEnvironment(generated, environment);
          const etags = await compareOnce(request, account, report);
          if (etags[0] !== undefined) await compareOnce(request, account, report, etags);
        }
        expect(pair.both.map((server) => server.alive())).toEqual([true, true]);
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    const shown = [...found.values()].slice(0, enough).map((text, i) => `--- ${i + 1}\n${text}`);
    expect(found.size, `${found.size} kinds of difference\n${shown.join('\n')}`).toBe(0);
    total.comparisons += account.comparisons;
    for (const id of account.met) total.met.add(id);
    tally(group, subject, account);
  });

  test('each intended difference was met', () => expectAllMet(everywhere, total));
});
