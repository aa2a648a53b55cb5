/**
 * Generated definitions and requests, sent to the original and to Halyard side by side over the same scripted upstream.
 * `HALYARD_DIFF_RUNS` sets how many sets of definitions are tried per subject, `HALYARD_DIFF_SEED` the seed. With
 * `HALYARD_TEST_SUBJECTS=real` the original is compared with itself, which shows that nothing generated is left to chance.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { swapDefinitions, swapEnvironment } from '../support/definitions.ts';
import type { RawRequest, RawResponse } from '../support/http.ts';
import { type Server, startServer } from '../support/server.ts';
import { subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { type Difference, difference, isIncomparable } from './differential/compare.ts';
import { definitions } from './differential/features.ts';
import { anyProxyRequest } from './differential/requests.ts';

const runs = Number(process.env.HALYARD_DIFF_RUNS ?? 60);
const seed = Number(process.env.HALYARD_DIFF_SEED ?? 20_261_126);
const requestsPerRun = 40;
/** Once so many kinds of difference are found, the rest is not tried. */
const enough = 25;

type Definitions = Readonly<Record<string, unknown>>;

const available = componentOrSkip('unleash-proxy', 'the generated comparison with the real Unleash Proxy');

describe.skipIf(!available).each(subjects())('generated comparison with the real Unleash Proxy: %s', (subject) => {
  let upstream: Upstream;
  let original: Server;
  let halyard: Server;
  let servers: readonly Server[];

  beforeAll(async () => {
    upstream = await startUpstream();
    const env = { ...swapEnvironment(upstream), HOSTNAME: 'Test-Host' };
    [original, halyard] = await Promise.all([startServer('real', { env }), startServer(subject, { env })]);
    servers = [original, halyard];
  });

  afterAll(async () => {
    await Promise.all([original?.stop(), halyard?.stop()]);
    await upstream?.close();
  });

  type Report = (difference: Difference) => void;

  async function compare(request: RawRequest, document: Definitions, report: Report): Promise<void> {
    if (isIncomparable(request, document.segments !== undefined, subject)) return;
    const wanted = await compareOnce(request, document, report);
    const validator = wanted?.headers.etag;
    if (wanted?.status !== 200 || validator === undefined) return;
    for (const value of [validator, `"x", ${validator.replace('W/', '')}`]) {
      const again = { ...request, headers: { ...request.headers, 'if-none-match': value } };
      await compareOnce(again, document, report);
    }
  }

  /** Returns the original's reply when both agree. */
  async function compareOnce(
    request: RawRequest,
    document: Definitions,
    report: Report,
  ): Promise<RawResponse | undefined> {
    const [wanted, got] = await Promise.allSettled([original.request(request), halyard.request(request)]);
    if (wanted.status === 'rejected') throw wanted.reason;
    if (got.status === 'rejected') {
      report({ kind: 'no answer', text: `no answer: ${got.reason} to ${JSON.stringify(request)}` });
      return undefined;
    }
    const found = difference(request, wanted.value, got.value, document, subject);
    if (found === undefined) return wanted.value;
    report(found);
    return undefined;
  }

  it(`answers ${runs} × ${requestsPerRun} requests alike`, { timeout: 180_000 + runs * 4000 }, async () => {
    const scenario = fc.record({
      document: definitions,
      requests: fc.array(anyProxyRequest, { minLength: requestsPerRun, maxLength: requestsPerRun, size: 'max' }),
    });
    const found = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(scenario, async ({ document, requests }) => {
        if (found.size >= enough) return;
        await swapDefinitions(upstream, servers, document);
        for (const request of requests) {
          await compare(request, document, ({ kind, text }) => {
            if (!found.has(kind)) found.set(kind, text);
          });
        }
        expect([original.alive(), halyard.alive()]).toEqual([true, true]);
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    const shown = [...found.values()].slice(0, enough).map((text, i) => `--- ${i + 1}\n${text}`);
    expect(found.size, `${found.size} kinds of difference\n${shown.join('\n')}`).toBe(0);
  });
});
