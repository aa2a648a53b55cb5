/**
 * Section 6.3, row by row: what each upstream answer does to the number of attempts, to the next poll, to the log, and
 * to the data. Also run against the original, except where 9.2 #8 and #9 or 11.1 change it. Intervals are short, and
 * waits have no upper bounds: a busy machine may lengthen each of them.
 */
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import { freePort } from '../../support/ports.ts';
import { key, namesOf, type ProxyUnderTest, withProxy } from '../../support/proxy.ts';
import { halyards, isHalyard, noHalyard, type Subject, subjects } from '../../support/subjects.ts';
import { answer, type Behaviour, normal, startUpstream, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';

const interval = 300;
const env = { UNLEASH_FETCH_INTERVAL: String(interval) };

/** Runs with an upstream that behaves so from its first answer on. */
const failing = (subject: Subject, behaviours: Behaviour[], use: (proxy: ProxyUnderTest) => Promise<void>) =>
  withProxy(
    subject,
    { env, waitFor: 'listening', prepare: (upstream) => upstream.behave('features', ...behaviours) },
    use,
  );

const polls = (upstream: Upstream, count: number) =>
  eventually(`${count} polls`, () => upstream.of('features').length >= count);

/** Times between consecutive polls, in ms. */
function gaps(upstream: Upstream): number[] {
  const times = upstream.of('features').map(({ atMs }) => atMs);
  return times.slice(1).map((time, i) => time - times[i]!);
}

/** No poll from the given one on comes early, and one is not backed off (that would be twice the interval or more). */
async function expectOrdinaryInterval(upstream: Upstream, from = 0): Promise<void> {
  const waits = () => gaps(upstream).slice(from);
  await eventually('a wait that is not backed off', () =>
    waits()
      .slice(1)
      .some((wait) => wait < interval * 2),
  );
  expect(Math.min(...waits())).toBeGreaterThan(interval * 0.8);
}

const log = ({ server }: ProxyUnderTest): string => server.stdout();

describe.concurrent.each(subjects())('upstream answers (6.3): %s', (subject) => {
  it('200, 304: one attempt each, with the validator last received, at the interval', async () => {
    await failing(subject, [normal], async ({ upstream, server }) => {
      await polls(upstream, 4);
      const seen = upstream.of('features').slice(0, 4);
      expect(seen[0]?.headers['if-none-match']).toBeUndefined();
      for (const request of seen.slice(1)) expect(request.headers['if-none-match']).toMatch(/^"[0-9a-f]{32}"$/);
      await expectOrdinaryInterval(upstream);
      upstream.setDefinitions(fixture('small'));
      await eventually('the new data', async () => namesOf(await server.get('/proxy', key)).includes('gamma'));
      expect(server.stdout()).not.toMatch(/^(WARN|ERROR):/m);
    });
  });

  it('200 without ETag: the old validator is not sent again', async () => {
    await failing(subject, [normal], async ({ upstream }) => {
      await polls(upstream, 2);
      upstream.setDefinitions(fixture('small'), { etag: false });
      const before = upstream.of('features').length;
      await polls(upstream, before + 3);
      expect(upstream.of('features').at(-1)?.headers['if-none-match']).toBeUndefined();
    });
  });

  it('404: one attempt, waits grow with each failure, and readiness comes with the first data', async () => {
    await failing(subject, [answer(404), answer(404), answer(404), normal], async (proxy) => {
      await polls(proxy.upstream, 4);
      const [first, second, third] = gaps(proxy.upstream);
      expect(first).toBeGreaterThan(interval * 1.7);
      expect(second).toBeGreaterThan(interval * 2.5);
      expect(third).toBeGreaterThan(interval * 3.2);
      await eventually('readiness', async () => (await proxy.server.get('/proxy/health')).status === 200);
    });
  });

  it.each([429, 500, 502, 503, 504])(
    '%i: three attempts about 1 s and 2 s apart, then a longer wait',
    async (status) => {
      await failing(subject, [answer(status)], async (proxy) => {
        await polls(proxy.upstream, 4);
        const [first, second, third] = gaps(proxy.upstream);
        expect(first).toBeGreaterThan(800);
        expect(second).toBeGreaterThan(1600);
        expect(third).toBeGreaterThan(interval * 1.7);
        expect((await proxy.server.get('/proxy/health')).status).toBe(503);
      });
    },
  );

  it.each([400, 402, 410])('%i: one attempt at the ordinary interval, and an error in the log', async (status) => {
    await failing(subject, [answer(status)], async (proxy) => {
      await polls(proxy.upstream, 4);
      await expectOrdinaryInterval(proxy.upstream);
      expect(log(proxy)).toMatch(/^ERROR: /m);
      expect(log(proxy)).toContain(`Response was not statusCode 2XX, but was ${status}`);
    });
  });

  it('connection reset: three attempts, then another poll; data come when it recovers', async () => {
    await failing(subject, [{ kind: 'reset' }], async (proxy) => {
      await polls(proxy.upstream, 4);
      const [first, second] = gaps(proxy.upstream);
      expect(first).toBeGreaterThan(800);
      expect(second).toBeGreaterThan(1600);
      proxy.upstream.behave('features', normal);
      await eventually('readiness', async () => (await proxy.server.get('/proxy/health')).status === 200);
    });
  });

  it('connection refused: an error with the reason, and data as soon as somebody listens', async () => {
    const port = await freePort();
    const refused = { ...env, UNLEASH_URL: `http://127.0.0.1:${port}/api` };
    await withProxy(subject, { env: refused, waitFor: 'listening' }, async (proxy) => {
      await eventually('the error', () => /^(ERROR|WARN): .*(ECONNREFUSED|refused|connect)/im.test(log(proxy)));
      expect((await proxy.server.get('/proxy', key)).status).toBe(503);
      const upstream = await startUpstream({ definitions: fixture('small'), port });
      try {
        await eventually('readiness', async () => (await proxy.server.get('/proxy/health')).status === 200);
        expect(namesOf(await proxy.server.get('/proxy', key))).toEqual(['alpha', 'gamma']);
      } finally {
        await upstream.close();
      }
    });
  });

  it('a body cut off midway: one attempt, ordinary interval, old data stay (11.1)', async () => {
    await failing(subject, [normal], async ({ upstream, server }) => {
      await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
      upstream.behave('features', { kind: 'truncate' });
      upstream.setDefinitions(fixture('small'));
      const before = upstream.of('features').length;
      await polls(upstream, before + 3);
      expect(namesOf(await server.get('/proxy', key))).toContain('always-on');
      await expectOrdinaryInterval(upstream, before);
    });
  });

  it('no answer: given up after 10 s and tried again', async () => {
    await failing(subject, [{ kind: 'hang' }, normal], async ({ upstream, server }) => {
      await polls(upstream, 2);
      // The request may have been on its way for long.
      expect(gaps(upstream)[0]).toBeGreaterThan(5000);
      await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
    });
  });

  it('delta events are accepted as a body', async () => {
    const events = [{ eventId: 1, type: 'hydration', features: fixture('small').features, segments: [] }];
    await withProxy(subject, { env, definitions: { events } }, async ({ upstream, server }) => {
      expect(namesOf(await server.get('/proxy', key))).toEqual(['alpha', 'gamma']);
      upstream.setDefinitions({
        events: [{ eventId: 2, type: 'feature-removed', featureName: 'alpha', project: 'default' }],
      });
      await eventually('the removal', async () => namesOf(await server.get('/proxy', key)).join() === 'gamma');
    });
  });

  it('redirects are followed', async () => {
    const redirect = (upstream: Upstream) =>
      upstream.behave('features', answer(302, '', { location: '/moved/client/features' }), normal);
    await withProxy(subject, { env, prepare: redirect }, async ({ upstream, server }) => {
      expect(upstream.of('features')[1]?.path).toBe('/moved/client/features');
      expect(namesOf(await server.get('/proxy', key))).toContain('always-on');
    });
  });
});

describe.skipIf(noHalyard).concurrent.each(halyards())('upstream answers that Halyard treats better: %s', (subject) => {
  it.each([401, 403])('9.2 #8: %i is polled on, said clearly, and recovers by itself', async (status) => {
    await failing(subject, [answer(status), answer(status), normal], async (proxy) => {
      await eventually('readiness', async () => (await proxy.server.get('/proxy/health')).status === 200);
      const line = log(proxy)
        .split('\n')
        .find((text) => text.includes(`responded ${status} `));
      expect(line).toMatch(/^(ERROR|WARN): /);
      expect(line).toMatch(/token|API key/i);
    });
  });

  it.each([404, 429, 500, 503])('9.2 #9: backing off because of %i is logged', async (status) => {
    await failing(subject, [answer(status)], async (proxy) => {
      await eventually('the warning', () => new RegExp(`^(WARN|ERROR): .*${status}`, 'm').test(log(proxy)));
    });
  });

  it('9.2 #9: JSON log lines about errors carry message and code', async () => {
    const refused = { ...env, UNLEASH_URL: 'http://127.0.0.1:9/api', JSON_LOGGER: 'true' };
    await withProxy(subject, { env: refused, waitFor: 'listening' }, async ({ server }) => {
      const line = await eventually('the line', () =>
        server
          .stdout()
          .split('\n')
          .find((text) => /"level":"(error|warn)"/.test(text)),
      );
      const { message, args } = JSON.parse(line) as { message: unknown; args: unknown };
      expect(JSON.stringify([message, args])).toMatch(/refused/i);
      expect(JSON.stringify([message, args]).length).toBeGreaterThan(30);
    });
  });

  it('11.1: a redirect to itself ends within a bounded number of requests', async () => {
    const loop = answer(302, '', { location: '/api/client/features' });
    const prepare = (upstream: Upstream) => upstream.behave('features', loop);
    // One poll, for now.
    const seldom = { UNLEASH_FETCH_INTERVAL: '1500' };
    await withProxy(subject, { env: seldom, waitFor: 'listening', prepare }, async ({ upstream, server }) => {
      await eventually('the end', () => /^(WARN|ERROR): /m.test(server.stdout()));
      expect(upstream.of('features').length).toBeLessThan(150);
      upstream.behave('features', normal);
      await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
    });
  });

  it('6.3, 11.1: the header fetch-mode: streaming is ignored', async () => {
    const streaming = answer(200, JSON.stringify(fixture('small')), {
      'content-type': 'application/json',
      'fetch-mode': 'streaming',
    });
    await failing(subject, [streaming], async ({ upstream, server }) => {
      await eventually('readiness', async () => (await server.get('/proxy/health')).status === 200);
      await polls(upstream, upstream.of('features').length + 3);
      await expectOrdinaryInterval(upstream);
      expect(upstream.of('other')).toEqual([]);
    });
  });
});

it('the subjects are known', () => {
  expect(subjects().every((subject) => subject === 'real' || isHalyard(subject))).toBe(true);
});
