/** Usage of a fleet in Edge and Flagsmith mode: what upstream gets in sum, and that nobody registers twice. */
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { startSocketUpstream } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { startRedis } from '../support/redis.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const available = componentOrSkip('redis', 'usage of fleets of Edge and Flagsmith with a real Redis');
const later = endedAfterEach();

async function redisUrl(): Promise<string> {
  const { port } = later(await startRedis());
  return `redis://127.0.0.1:${port}`;
}

const stopAll = async (members: readonly Server[]) => {
  const ends = await Promise.all(members.map((member) => member.stop()));
  expect(ends.map(({ code }) => code)).toEqual(members.map(() => 0));
};

interface Bulk {
  readonly applications: readonly { readonly appName: string; readonly instanceId: string }[];
  readonly metrics: readonly { readonly environment: string; readonly featureName: string; readonly yes: number }[];
  readonly impactMetrics?: readonly {
    readonly name: string;
    readonly samples: readonly { readonly value: number }[];
  }[];
}

describe.runIf(available).each(halyards())('usage of a fleet of other modes: %s', (subject) => {
  it.each(['1', '2'])('Edge adds up per environment, impact metrics too; workers: %s', async (workers) => {
    const environments = ['development', 'production'];
    const tokens = environments.map((name) => `*:${name}.client-secret-0001`);
    const upstream = later(await startSocketUpstream(), (one) => one.close());
    for (const [index, token] of tokens.entries()) {
      upstream.tokens.set(token, { type: 'client', environment: environments[index]!, projects: ['*'] });
      upstream.features.set(token, { version: 2, features: [flag('a')] });
    }
    const env = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: tokens.join(),
      STRICT: 'true',
      WORKERS: workers,
      METRICS_INTERVAL_SECONDS: '1',
      FEATURES_REFRESH_INTERVAL_SECONDS: '3600',
      HALYARD_FLEET_REDIS_URL: await redisUrl(),
    };
    const start = async () => {
      const server = await startServer(subject, { env, args: ['edge'], waitFor: 'nothing' });
      later(server);
      await eventually('flags', async () => {
        const { status } = await server.get('/api/client/features', { authorization: tokens[0]! });
        return status === 200;
      });
      return server;
    };
    const members = await Promise.all([start(), start(), start()]);
    const counter = (value: number) => [{ name: 'c', help: '', type: 'counter', samples: [{ labels: {}, value }] }];
    const bucket = { start: '2026-01-01T00:00:00.000Z', stop: '2026-01-01T00:01:00.000Z' };
    const report = async (member: Server, token: string, yes: number) => {
      const toggles = { a: { yes, no: 0, variants: {} } };
      const body = { appName: 'app', instanceId: 'sdk', bucket: { ...bucket, toggles }, impactMetrics: counter(yes) };
      const { status } = await member.postJson('/api/client/metrics', body, { authorization: token });
      expect(status).toBe(202);
    };
    const bulks = () => {
      const requests = upstream.requests.filter(({ url }) => url.endsWith('/client/metrics/bulk'));
      return requests.map(({ headers, body = '' }) => ({
        token: headers.Authorization,
        ...(JSON.parse(body) as Bulk),
      }));
    };
    const sum = (token: string) => {
      const own = bulks().filter((bulk) => bulk.token === token);
      const rows = own.flatMap(({ metrics }) => metrics.filter(({ featureName }) => featureName === 'a'));
      const samples = own.flatMap(({ impactMetrics = [] }) => impactMetrics.filter(({ name }) => name === 'c'));
      return [
        rows.reduce((total, { yes }) => total + yes, 0),
        samples.flatMap((metric) => metric.samples).reduce((total, { value }) => total + value, 0),
        [...new Set(rows.map(({ environment }) => environment))].join(),
      ];
    };
    for (const [index, member] of members.entries()) {
      await report(member, tokens[0]!, index + 1);
      await report(member, tokens[1]!, 10 * (index + 1));
    }
    const arrives = (token: string, wanted: unknown[]) =>
      eventually(`${wanted}`, () => JSON.stringify(sum(token)) === JSON.stringify(wanted));
    await arrives(tokens[0]!, [6, 6, 'development']);
    await arrives(tokens[1]!, [60, 60, 'production']);
    for (const member of members) await report(member, tokens[0]!, 100);
    await stopAll(members);
    expect([sum(tokens[0]!), sum(tokens[1]!)]).toEqual([
      [306, 306, 'development'],
      [60, 60, 'production'],
    ]);
    const registrations = upstream.requests.filter(({ url }) => url.endsWith('/client/register'));
    expect(new Set(registrations.map(({ headers }) => headers.Authorization))).toEqual(new Set(tokens));
    expect(registrations.length).toBeLessThan(members.length * tokens.length);
    for (const member of members) expect(member.stdout() + member.stderr()).not.toContain('-secret-0');
  });

  it('Flagsmith adds up analytics of both kinds; members that leave hand theirs over', async () => {
    const core = later(await CoreApi.start(), (one) => one.close());
    core.documents.set('ser.one', e2eDocument());
    const settings = { ...keyPairs(['ser.one', 'client1']), HALYARD_FLEET_REDIS_URL: await redisUrl() };
    const start = async () => later(await startFlagsmith(subject, core, settings));
    const members = await Promise.all([start(), start(), start()]);
    const key = { 'x-environment-key': 'client1' };
    for (const member of members) {
      expect((await member.postJson('/api/v1/analytics/flags/', { str: 3 }, key)).status).toBe(200);
      const row = { feature_name: 'str', identity_identifier: 'bob', count: 2, enabled_when_evaluated: true };
      expect((await member.postJson('/api/v2/analytics/flags/', { evaluations: [row] }, key)).status).toBeLessThan(300);
    }
    await stopAll(members);
    const posted = (path: string) => core.requests.filter((one) => one.method === 'POST' && one.path === path);
    const counts = posted('/api/v1/analytics/flags/').map(({ body }) => (JSON.parse(body) as { str: number }).str);
    const rows = posted('/api/v2/analytics/flags/').flatMap(
      ({ body }) => (JSON.parse(body) as { evaluations: { count: number }[] }).evaluations,
    );
    expect(counts.reduce((total, one) => total + one, 0)).toBe(9);
    expect(rows.reduce((total, { count }) => total + count, 0)).toBe(6);
  });
});
