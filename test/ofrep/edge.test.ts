/** OFREP over Unleash Edge: tokens, scopes, and what upstream does to them. */
import { describe, expect, it } from 'vitest';
import { createOfrepFor } from '../../src/library/ofrep/attach.ts';
import { edgeInMemory, flag, scriptedUpstream } from '../edge/harness.ts';
import { eventually } from '../support/wait.ts';
import { asker, reader } from './harness.ts';

const client = '*:development.client-secret';
const frontend = '*:development.frontend-secret';
const scoped = 'web:development.scoped-secret';
const admin = '*:*.admin-secret';
const constraint = { contextName: 'plan', operator: 'IN', values: ['pro'], inverted: false };
const features = [
  flag('plain'),
  flag('web', 'web'),
  flag('plan', 'default', { strategies: [{ name: 'default', parameters: {}, constraints: [constraint] }] }),
  flag('address', 'default', { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.1.1.1' } }] }),
];

async function edge(
  args: readonly string[] = ['--dynamic', '--tokens', client],
  environment: Record<string, string> = {},
) {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.tokens.set(scoped, { type: 'frontend', environment: 'development', projects: ['web'] });
  upstream.tokens.set('*:production.frontend', { type: 'frontend', environment: 'production', projects: ['*'] });
  upstream.tokens.set('*:production.client', { type: 'client', environment: 'production', projects: ['*'] });
  upstream.tokens.set(admin, { type: 'admin', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features, meta: { revisionId: 412 } });
  const started = await edgeInMemory(args, upstream, undefined, environment);
  await started.start();
  const { timers } = started;
  const ofrep = createOfrepFor({ ...started.ofrep, world: { now: timers.now, set: timers.set, random: () => 0.5 } });
  if (ofrep === undefined) throw new TypeError('no OFREP');
  return { ...started, ...asker(ofrep, frontend), streams: ofrep };
}

describe('Edge', () => {
  it('OF-10 OF-11 frontend and client tokens may ask, others not', async () => {
    const { bulk, upstream } = await edge();
    expect((await bulk()).status).toBe(200);
    expect((await bulk({}, { key: client })).status).toBe(200);
    expect((await bulk({}, { key: admin })).status).toBe(403);
    expect((await bulk({}, { key: '*:development.nobody' })).status).toBe(401);
    expect((await bulk({}, { key: 'no-token-at-all' })).status).toBe(401);
    upstream.validate = 'network';
    const unsure = await bulk({}, { key: '*:development.not-seen-before' });
    expect(unsure.status).toBe(503);
    expect(unsure.headers['retry-after']).toMatch(/^[1-9]/);
  });

  it('OF-11 OF-33 an environment that nobody fetches is 503, never 401', async () => {
    const { bulk } = await edge();
    const { status, json } = await bulk({}, { key: '*:production.frontend' });
    expect(status).toBe(503);
    expect(json.errorCode).toBe('PROVIDER_NOT_READY');
  });

  it('OF-11 a client token outside of strict bounds is 403, and a dynamic one fetches', async () => {
    const strict = await edge(['--strict', '--tokens', client]);
    expect((await strict.bulk({}, { key: '*:production.client' })).status).toBe(403);
    const dynamic = await edge();
    dynamic.upstream.features.set('*:production.client', { version: 2, features: [flag('prod')] });
    const { json } = await dynamic.bulk({}, { key: '*:production.client' });
    expect(json.flags).toMatchObject([{ key: 'prod', value: true }]);
    expect((await dynamic.bulk({}, { key: '*:production.frontend' })).json.metadata.flagSetId).toBe('*:production');
  });

  it('OF-11 access lists hold for OFREP too', async () => {
    const { bulk } = await edge(['--dynamic', '--tokens', client, '--deny-list', '10.0.0.0/8']);
    expect((await bulk({}, { peer: '10.1.1.1' })).status).toBe(403);
    expect((await bulk({}, { peer: '192.168.0.1' })).status).toBe(200);
    const trusting = await edge(['--trust-proxy', '--dynamic', '--tokens', client, '--deny-list', '10.0.0.0/8']);
    const headers = { 'x-forwarded-for': '10.1.1.1' };
    expect((await trusting.bulk({}, { peer: '192.168.0.1', headers })).status).toBe(403);
  });

  it('OF-45 a token sees its projects, under their name', async () => {
    const { bulk } = await edge();
    const all = await bulk();
    expect(all.json.flags.map(({ key }) => key)).toEqual(['address', 'plain', 'plan', 'web']);
    expect(all.json.metadata).toMatchObject({
      flagSetId: '*:development',
      version: expect.stringMatching(/^\w{12}$/),
    });
    const web = await bulk({}, { key: scoped });
    expect(web.json.flags.map(({ key }) => key)).toEqual(['web']);
    expect(web.json.metadata.flagSetId).toBe('web:development');
  });

  it('OF-21 flags of other projects are not found', async () => {
    const { single } = await edge();
    expect((await single('plain', {}, { key: scoped })).json.errorCode).toBe('FLAG_NOT_FOUND');
    expect((await single('web', {}, { key: scoped })).json.value).toBe(true);
  });

  it('OF-48 addresses stand in for frontend tokens only', async () => {
    const { single } = await edge();
    const peer = { peer: '10.1.1.1' };
    expect((await single('address', {}, peer)).json.value).toBe(true);
    expect((await single('address', {}, { ...peer, key: client })).json.value).toBe(false);
  });

  it('OF-22 answers agree with the frontend API', async () => {
    const { bulk, call } = await edge();
    for (const plan of ['pro', 'free']) {
      const native = (await call(`/api/frontend/all?userId=u&plan=${plan}`, { token: frontend })).json() as {
        toggles: { name: string; enabled: boolean }[];
      };
      const { flags } = (await bulk({ targetingKey: 'u', plan })).json;
      expect(flags.map(({ key, value }) => [key, value])).toEqual(
        native.toggles.map(({ name, enabled }) => [name, enabled]),
      );
    }
  });

  it('OF-53 a single evaluation is reported upstream, under the application of its context', async () => {
    const { single, service, timers, upstream, stop } = await edge();
    await single('plain', { appName: 'shop' });
    await single('plain', { appName: 'shop' });
    await single('plain');
    await service.refresh.refresh('development');
    await stop(1_000);
    await timers.advance(1_000);
    const sent = upstream.requests
      .filter(({ url }) => url.endsWith('/metrics/bulk'))
      .map(({ body }) => JSON.parse(body ?? '{}'));
    const rows = sent.flatMap(
      ({ metrics }: { metrics: { featureName: string; appName: string; yes: number }[] }) => metrics,
    );
    expect(rows.map(({ featureName, appName, yes }) => [featureName, appName, yes])).toEqual([
      ['plain', 'shop', 2],
      ['plain', 'unleash-edge', 1],
    ]);
  });

  it('OF-35 streams of a token end when it is revoked, and when its environment is gone', async () => {
    const { bulk, ask, upstream, service, streams } = await edge();
    const url = new URL((await bulk()).json.eventStreams?.[0]?.url ?? '');
    const first = reader((await ask(url.pathname + url.search, { method: 'GET', key: null })).reply);
    expect(first.state).toBe('open');
    upstream.tokens.delete(frontend);
    await service.validator.revalidate();
    expect(first.state).toBe('ended');
    expect(streams.streams).toBe(0);
    expect((await bulk()).status).toBe(401);
  });

  it('OF-32 a change upstream reaches the stream', async () => {
    const { bulk, ask, upstream, timers } = await edge();
    const url = new URL((await bulk()).json.eventStreams?.[0]?.url ?? '');
    const client_ = reader((await ask(url.pathname + url.search, { method: 'GET', key: null })).reply);
    client_.news();
    upstream.features.set(client, { version: 2, features: [flag('plain')], meta: { revisionId: 413 } });
    await timers.advance(16_000);
    // Documents are compiled in slices of real time.
    await eventually('the event', async () => {
      await timers.advance(300);
      return client_.text.includes('refetchEvaluation');
    });
    const { version } = (await bulk()).json.metadata;
    expect(client_.news()).toContain(`id: ${version}\n`);
    expect((await bulk()).json.flags.map(({ key }) => key)).toEqual(['plain']);
  });

  it('OF-37 a hint asks upstream at once', async () => {
    const { bulk, upstream, timers } = await edge();
    upstream.features.set(client, { version: 2, features: [flag('new')], meta: { revisionId: 413 } });
    const seconds = Math.ceil(timers.now() / 1_000) + 5;
    const { json } = await bulk({}, { query: `?flagConfigLastModified=${seconds}` });
    expect(json.flags.map(({ key }) => key)).toEqual(['new']);
  });
});
