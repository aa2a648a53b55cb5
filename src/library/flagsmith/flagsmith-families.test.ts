import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { request, textOf } from '../../../test/flagsmith/requests.ts';
import { TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { readConfig } from '../../flagsmith/config/read-config.ts';
import { createFlagsmithService, type FlagsmithService } from '../../flagsmith/service.ts';
import { collectFamilies, prometheusText } from '../../operations/edge-prometheus.ts';
import { RequestCounts } from '../../operations/request-counts.ts';
import { flagsmithFamilies } from './flagsmith-families.ts';

const pair = (name: string) => ({ server_side_key: `ser.${name}`, client_side_key: `client-of-${name}` });

async function setUp(environment: Record<string, string> = {}) {
  const pairs = JSON.stringify(['one', 'two'].map(pair));
  const result = readConfig(null, { API_URL: 'http://api/api/v1', ENVIRONMENT_KEY_PAIRS: pairs, ...environment });
  if (!result.ok) throw new Error(result.problems.join());
  const requests = new RequestCounts();
  const service: FlagsmithService = createFlagsmithService({
    config: result.config,
    send: new ScriptedUpstream(({ headers }) =>
      headers['X-Environment-Key'] === 'ser.one' ? { status: 200, body: e2eDocument() } : { status: 500 },
    ).send,
    timers: new TestTimers(Date.parse('2024-06-01T00:00:00Z')),
    log: testLog(),
    randomId: () => 'id',
    openEventStream: null,
    kept: null,
    onRequest: (endpoint, status) => requests.add(endpoint, status),
    figures: () =>
      prometheusText(
        collectFamilies(
          flagsmithFamilies({
            service,
            requests,
            ofrepStreams: () => 3,
            bounds: () => ({ streams: { used: 2, limit: 10 } }),
          }),
        ),
      ),
  });
  await service.start();
  const send = async (method: string, url: string, key = '') =>
    service.handler(request(method, url, { 'x-environment-key': key }, ''));
  return { send };
}

describe('the figures of Flagsmith mode', () => {
  it('tell what was asked, fetched and is held, and no key', async () => {
    const { send } = await setUp();
    await send('GET', '/api/v1/flags/', 'client-of-one');
    await send('GET', '/api/v1/flags', 'client-of-one');
    await send('GET', '/api/v1/flags/', 'nope');
    await send('GET', '/nothing/here');
    const reply = await send('GET', '/proxy/metrics');
    expect([reply.status, reply.headers['Content-Type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const text = textOf(reply);
    for (const line of [
      'halyard_requests_total{endpoint="/api/v1/flags",status="200"} 2',
      'halyard_requests_total{endpoint="/api/v1/flags",status="401"} 1',
      'halyard_requests_total{endpoint="/{unknown}",status="404"} 1',
      'halyard_fetches_total{environment="Production (clie…)",outcome="changed"} 1',
      'halyard_fetches_total{environment="(clie…)",outcome="failed"} 1',
      'halyard_fetch_failures{environment="(clie…)"} 1',
      `halyard_definitions_confirmed_timestamp_seconds{environment="Production (clie…)"} ${Date.parse('2024-06-01T00:00:00Z') / 1_000}`,
      'halyard_definitions_confirmed_timestamp_seconds{environment="(clie…)"} 0',
      'halyard_definitions_revision{environment="Production (clie…)"} 1',
      'halyard_definitions_from_backup{environment="Production (clie…)"} 0',
      'halyard_streams 3',
      'halyard_bound_used{bound="streams",when_full="refuses",worker="main"} 2',
      'halyard_bound_limit{bound="streams",when_full="refuses",worker="main"} 10',
      'halyard_usage_dropped_total 0',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toMatch(/^halyard_identity_overrides\{.*\} [1-9]/m);
    expect(text).not.toMatch(/client-of|ser\./);
  });

  it.each(['false', 'off', '0'])('are closed by HALYARD_PROMETHEUS=%s', async (word) => {
    const { send } = await setUp({ HALYARD_PROMETHEUS: word });
    expect((await send('GET', '/proxy/metrics')).status).toBe(404);
  });
});
