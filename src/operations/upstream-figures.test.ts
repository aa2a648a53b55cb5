import { describe, expect, it } from 'vitest';
import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from '../http/upstream/types.ts';
import { collectFamilies, prometheusText } from './edge-prometheus.ts';
import { createUpstreamFigures } from './upstream-figures.ts';

const urls = {
  features: 'http://up/api/client/features',
  delta: 'http://up/api/client/delta',
  bulk: 'http://up/api/client/metrics/bulk',
  instances: 'http://up/api/client/metrics/edge',
  register: 'http://up/api/client/register',
  validate: 'http://up/edge/validate',
};

function figures() {
  let now = 0;
  const answers: (number | 'network')[] = [];
  const headers: Record<string, string> = {};
  const { measured, families } = createUpstreamFigures({
    urls,
    labels: { app_name: 'edge', instance_id: 'one' },
    now: () => now,
  });
  const send = measured(async (): Promise<UpstreamResponse> => {
    now += 15;
    const status = answers.shift() ?? 200;
    if (status === 'network') throw new UpstreamError('network', 'nobody there');
    return { status, body: new Uint8Array(), header: (name) => headers[name] };
  });
  return {
    answers,
    headers,
    send: (url: string, body?: string) =>
      send({ method: 'GET', url, headers: {}, body, timeoutMs: 1, limitBytes: 1 } satisfies UpstreamRequest),
    lines: () => prometheusText(collectFamilies(families)).split('\n'),
  };
}

const own = 'app_name="edge",instance_id="one"';

describe('createUpstreamFigures', () => {
  it('times exchanges by status, in the buckets of the original', async () => {
    const { send, answers, lines } = figures();
    answers.push(200, 304, 200, 503);
    for (let i = 0; i < 4; i++) await send(urls.features);
    expect(
      lines().filter((line) => /^client_feature_fetch(_bucket|_sum|_count)?\{status_code="200"/.test(line)),
    ).toEqual([
      ...[1, 2, 5, 10].map((bound) => `client_feature_fetch_bucket{status_code="200",${own},le="${bound}"} 0`),
      ...[20, 50, 100, 200, 500, 1000, 5000].map(
        (bound) => `client_feature_fetch_bucket{status_code="200",${own},le="${bound}"} 2`,
      ),
      `client_feature_fetch_bucket{status_code="200",${own},le="+Inf"} 2`,
      `client_feature_fetch_sum{status_code="200",${own}} 30`,
      `client_feature_fetch_count{status_code="200",${own}} 2`,
    ]);
    expect(lines()).toContain(`client_feature_fetch_count{status_code="304",${own}} 1`);
    expect(lines()).toContain('# TYPE client_feature_fetch histogram');
    expect(lines().filter((line) => line.startsWith('client_feature_fetch_failures'))).toEqual([
      `client_feature_fetch_failures{status_code="503",${own}} 1`,
    ]);
  });

  it('counts failures by reason, and passes them on', async () => {
    const { send, answers, lines } = figures();
    answers.push('network', 401, 403, 202, 200);
    await expect(send(urls.validate)).rejects.toThrow('nobody there');
    await send(urls.validate);
    await send(urls.register);
    await send(urls.register);
    await send('http://elsewhere/');
    const found = lines().filter((line) =>
      /^(token_validation|client_register|client_feature)_\w*failures\{/.test(line),
    );
    expect(found).toEqual([
      `client_register_failures{status_code="403",${own}} 1`,
      `token_validation_failures{status_code="none",${own}} 1`,
      `token_validation_failures{status_code="401",${own}} 1`,
    ]);
    for (const name of ['client_feature_fetch', 'client_register', 'token_validation']) {
      expect(lines()).toContain(`# TYPE ${name}_failures gauge`);
    }
  });

  it('knows what upstream calls itself, the latest of each kind and no novel', async () => {
    const { send, headers, lines } = figures();
    headers['x-unleash-version'] = '6.0.0';
    await send(urls.register);
    headers['x-unleash-version'] = '7.0.0';
    headers['x-edge-version'] = 'x'.repeat(500);
    await send(urls.register);
    await send(urls.features);
    expect(lines().filter((line) => line.startsWith('upstream_version'))).toEqual([
      `upstream_version{server="unleash",version="7.0.0",${own}} 1`,
      `upstream_version{server="edge",version="${'x'.repeat(64)}",${own}} 1`,
    ]);
  });

  it('measures uploads and their size', async () => {
    const { send, lines } = figures();
    await send(urls.bulk, 'x'.repeat(1_500));
    await send(urls.instances, 'x');
    await send(urls.delta);
    expect(lines()).toContain('metrics_size_in_bytes_bucket{le="1000"} 0');
    expect(lines()).toContain('metrics_size_in_bytes_bucket{le="10000"} 1');
    expect(lines()).toContain('metrics_size_in_bytes_sum 1500');
    expect(lines()).toContain(`client_metrics_upload_bucket{status_code="200",${own},le="1000"} 1`);
    expect(lines()).toContain(`client_metrics_upload_count{status_code="200",${own}} 1`);
    expect(lines()).toContain(`instance_data_upload_count{status_code="200",${own}} 1`);
    expect(lines()).toContain(`client_feature_delta_fetch_count{status_code="200",${own}} 1`);
    expect(lines().some((line) => line.startsWith('client_metrics_upload_bucket') && line.includes('le="5000"'))).toBe(
      false,
    );
  });
});
