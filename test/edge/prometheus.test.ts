/** Every family that Edge 19 has, by name, type and labels (specification 22.2, 22.3). */
import { describe, expect, test } from 'vitest';
import { edgeInMemory, scriptedUpstream } from './harness.ts';
import { document } from './with-flags.ts';

const client = '*:development.client';
const own = ['app_name', 'instance_id'];
const request = ['endpoint', 'method', 'status', 'edge_version', 'edge_githash', ...own];

/** Name, type, labels of its samples. */
const families: readonly (readonly [name: string, type: string, labels: readonly string[]])[] = [
  ['http_requests_total', 'counter', request],
  ['http_server_duration_milliseconds', 'histogram', request],
  ['http_response_size', 'histogram', request],
  ['client_register_failures', 'gauge', ['status_code', ...own]],
  ['client_feature_fetch', 'histogram', ['status_code', ...own]],
  ['client_feature_fetch_failures', 'gauge', ['status_code', ...own]],
  ['token_validation_failures', 'gauge', ['status_code', ...own]],
  ['upstream_version', 'gauge', ['server', 'version', ...own]],
  ['metrics_upstream_http_errors', 'gauge', ['status_code']],
  ['metrics_send_error', 'gauge', []],
  ['metrics_upstream_outdated', 'gauge', ['environment']],
  ['metrics_interval_between_send', 'gauge', []],
  ['metrics_size_in_bytes', 'histogram', []],
  ['feature_toggle_usage_total', 'counter', ['appName', 'toggle', 'active']],
  ['connected_streaming_clients', 'gauge', []],
  ['client_metrics_upload', 'histogram', ['status_code', ...own]],
  ['instance_data_upload', 'histogram', ['status_code', ...own]],
  ['process_cpu_seconds_total', 'counter', []],
  ['process_resident_memory_bytes', 'gauge', []],
  ['process_virtual_memory_bytes', 'gauge', []],
  ['process_open_fds', 'gauge', []],
  ['process_max_fds', 'gauge', []],
  ['process_threads', 'gauge', []],
  ['process_start_time_seconds', 'gauge', []],
];

/** Lives through everything that the figures count. */
async function livedThrough(): Promise<string> {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(client, document);
  const send: typeof upstream.send = async (asked) => {
    const { status, body } = await upstream.send(asked);
    const headers: Record<string, string> = { 'x-unleash-version': '7.1.0' };
    const refuses = asked.url.endsWith('/metrics/bulk') ? 404 : asked.url.endsWith('/register') ? 500 : status;
    return { status: refuses, body, header: (name) => headers[name] };
  };
  const { call, start, timers, stop } = await edgeInMemory(['--strict', '--tokens', client], { ...upstream, send });
  await start();
  const now = new Date().toISOString();
  const toggles = { a: { yes: 3, no: 1 } };
  await call('/api/client/metrics', {
    token: client,
    body: { appName: 'app', bucket: { start: now, stop: now, toggles } },
  });
  upstream.fetch = 503;
  upstream.validate = 500;
  await call('/api/frontend', { token: '*:development.other' });
  await timers.advance(200_000);
  const { text, headers } = await call('/internal-backstage/metrics');
  expect(headers['Content-Type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  await stop(0);
  return text;
}

describe('/internal-backstage/metrics', () => {
  const page = livedThrough();

  test.each(families)('%s is a %s with labels %j', async (name, type, labels) => {
    const lines = (await page).split('\n');
    expect(lines).toContain(`# TYPE ${name} ${type}`);
    const suffix = type === 'histogram' ? '_count' : '';
    const samples = lines.filter(
      (line) => line.startsWith(`${name}${suffix}{`) || line.startsWith(`${name}${suffix} `),
    );
    expect(samples).not.toEqual([]);
    for (const sample of samples) {
      const names = [...sample.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label);
      expect(names).toEqual(labels);
      expect(Number.isFinite(Number(sample.split(' ').at(-1)))).toBe(true);
    }
  });

  test('says what happened', async () => {
    const text = await page;
    expect(text).toMatch(/^upstream_version\{server="unleash",version="7\.1\.0",.*\} 1$/m);
    expect(text).toMatch(/^client_feature_fetch_failures\{status_code="503",.*\} [1-9]/m);
    expect(text).toMatch(/^token_validation_failures\{status_code="500",.*\} 1$/m);
    expect(text).toMatch(/^client_register_failures\{status_code="500",.*\} 1$/m);
    expect(text).toContain('\nmetrics_upstream_http_errors{status_code="404"} 1\n');
    expect(text).toContain('\nmetrics_upstream_outdated{environment="development"} 1\n');
    expect(text).toContain('\nfeature_toggle_usage_total{appName="app",toggle="a",active="true"} 3\n');
    expect(text).toMatch(/^http_requests_total\{endpoint="\/api\/client\/metrics",method="POST",status="202",/m);
    expect(text).not.toContain('client"');
  });
});
