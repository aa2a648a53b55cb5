/** Nothing secret, and nothing about users, is exported or logged. */
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { startUpstreamWith } from '../edge/socket-upstream.ts';
import { secrets, withProxy } from '../support/proxy.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Collector, startCollector } from './collector.ts';

const headerSecret = 'secret-collector-key-81f2';
const user = 'secret-user-9a3b';
const property = 'secret-property-55cc';
const flagName = 'secret-flag-name-1d0e';
const token = '*:development.secret-client-token-77aa';
const frontend = '*:development.secret-frontend-token-88bb';

const exporting = (collector: Collector) => ({
  HALYARD_OTLP_ENDPOINT: collector.origin.replace('http://', 'http://collector-user:secret-in-url-31ac@'),
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${headerSecret}`,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  HALYARD_OTLP_SAMPLE_RATIO: '1',
  OTEL_BSP_SCHEDULE_DELAY: '100',
  OTEL_METRIC_EXPORT_INTERVAL: '200',
});

const hidden = [
  ...Object.values(secrets),
  ...[headerSecret, 'secret-in-url-31ac', user, property, flagName, token, frontend],
  ...[token, frontend].map((one) => one.split('.')[1] ?? one),
];

async function expectHidden(collector: Collector, server: Server, spans: number): Promise<void> {
  await eventually(`${spans} spans`, () => collector.spans().filter(({ kind }) => kind === 2).length >= spans);
  const metrics = collector.exports.filter(({ path }) => path === '/v1/metrics').length;
  await eventually(
    'figures of all that',
    () => collector.exports.filter(({ path }) => path === '/v1/metrics').length > metrics + 1,
  );
  // A collector that refuses is complained about.
  collector.answer = () => ({ status: 401 });
  const output = () => server.stdout() + server.stderr();
  await eventually('both refusals', () => output().split('HALYARD-5008').length > 1);
  const exported = Buffer.concat(collector.exports.map(({ bytes }) => bytes)).toString();
  expect(exported).toContain('halyard_requests_total');
  for (const secret of hidden) {
    expect(exported.includes(secret), `${secret} is exported`).toBe(false);
    expect(output().includes(secret), `${secret} is logged`).toBe(false);
  }
  expect(collector.exports.every(({ headers }) => headers.authorization === `Bearer ${headerSecret}`)).toBe(true);
}

describe.each(halyards())('%s', (subject) => {
  it('Unleash Proxy mode', async () => {
    const collector = await startCollector();
    try {
      await withProxy(subject, { env: exporting(collector) }, async ({ server }) => {
        const key = { authorization: secrets.clientKey, cookie: property };
        await server.get(`/proxy?userId=${user}&properties[a]=${property}`, key);
        await server.postJson('/proxy', { context: { userId: user }, toggles: [flagName] }, key);
        await server.postJson(`/ofrep/v1/evaluate/flags/${flagName}`, { context: { targetingKey: user } }, key);
        await server.get(`/${secrets.clientKey}/${user}?${property}`, key);
        await server.get('/proxy/client/features', { authorization: secrets.serverToken });
        await expectHidden(collector, server, 5);
        const routes = collector.spans().map(({ attributes }) => attributes['http.route']);
        expect(routes).toContain('/ofrep/v1/evaluate/flags/{key}');
      });
    } finally {
      await collector.close();
    }
  });

  it('Unleash Edge mode', async () => {
    const collector = await startCollector();
    const upstream = await startUpstreamWith({ version: 2, features: [flag('a')] }, token, frontend);
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: token, STRICT: 'true', ...exporting(collector) };
    const server = await startServer(subject, { args: ['edge'], env, waitFor: 'listening' });
    try {
      await server.get('/api/client/features', { authorization: token });
      await server.get(`/api/client/features/${flagName}`, { authorization: token });
      await server.get(`/api/frontend/features/${flagName}?userId=${user}`, { authorization: frontend });
      await server.get(`/api/frontend?userId=${user}&properties[a]=${property}`, { authorization: frontend });
      await server.get('/api/frontend', { authorization: 'secret-user-9a3b-as-token' });
      await expectHidden(collector, server, 5);
    } finally {
      await server.stop();
      await upstream.close();
      await collector.close();
    }
  });
});
