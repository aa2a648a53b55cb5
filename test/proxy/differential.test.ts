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
import { isHalyard, subjects } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { difference } from './differential/compare.ts';
import { definitions } from './differential/features.ts';
import { anyProxyRequest } from './differential/requests.ts';

const runs = Number(process.env.HALYARD_DIFF_RUNS ?? 60);
const seed = Number(process.env.HALYARD_DIFF_SEED ?? 20_261_126);
const requestsPerRun = 40;

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
  }, 30_000);

  afterAll(async () => {
    await Promise.all([original?.stop(), halyard?.stop()]);
    await upstream?.close();
  }, 30_000);

  type Report = (text: string) => void;

  async function compare(request: RawRequest, document: Definitions, report: Report): Promise<void> {
    // 9.2 #4: segments are added there; the golden suite says exactly what they look like.
    const added = document.segments !== undefined && request.path.startsWith('/proxy/client/features');
    if (added && isHalyard(subject)) return;
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
      report(`no answer: ${got.reason} to ${JSON.stringify(request)}`);
      return undefined;
    }
    const text = difference(request, wanted.value, got.value, document, isHalyard(subject));
    if (text === undefined) return wanted.value;
    report(text);
    return undefined;
  }

  it(`answers ${runs} × ${requestsPerRun} requests alike`, { timeout: 60_000 + runs * 2000 }, async () => {
    const scenario = fc.record({
      document: definitions,
      requests: fc.array(anyProxyRequest, { minLength: requestsPerRun, maxLength: requestsPerRun, size: 'max' }),
    });
    const found: string[] = [];
    await fc.assert(
      fc.asyncProperty(scenario, async ({ document, requests }) => {
        fc.pre(found.length < 25);
        await swapDefinitions(upstream, servers, document);
        for (const request of requests) await compare(request, document, (text) => found.push(text));
        expect([original.alive(), halyard.alive()]).toEqual([true, true]);
      }),
      { seed, numRuns: runs, endOnFailure: true, maxSkipsPerRun: runs },
    );
    const shown = [...new Set(found)].slice(0, 25).map((text, i) => `--- ${i + 1}\n${text}`);
    expect(found, `${found.length} differences\n${shown.join('\n')}`).toHaveLength(0);
  });
});
