/** Edge and Flagsmith mode as a fleet: what upstream is asked, and that a change reaches all. */
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { startSocketUpstream } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { startRedis } from '../support/redis.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';

const available = componentOrSkip('redis', 'fleets of Edge and Flagsmith with a real Redis');
const later = endedAfterEach();

async function redisUrl(): Promise<string> {
  const { port } = later(await startRedis());
  return `redis://127.0.0.1:${port}`;
}

describe.runIf(available).each(halyards())('a fleet of other modes: %s', (subject) => {
  it('Edge asks once for all', async () => {
    const token = '*:development.client-secret-0001';
    const upstream = later(await startSocketUpstream(), (one) => one.close());
    upstream.tokens.set(token, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.features.set(token, { version: 2, features: [flag('a')] });
    const settings = {
      UPSTREAM_URL: upstream.origin,
      TOKENS: token,
      STRICT: 'true',
      FEATURES_REFRESH_INTERVAL_SECONDS: '3600',
      HALYARD_FLEET_REDIS_URL: await redisUrl(),
    };
    const start = async () => {
      const server = await startServer(subject, { env: settings, args: ['edge'], waitFor: 'nothing' });
      later(server);
      await eventually('Edge to listen', () => server.stdout().includes('is listening'));
      return server;
    };
    const members = await Promise.all([start(), start(), start()]);
    for (const member of members) {
      await eventually('flags', async () => {
        const { status, text } = await member.get('/api/client/features', { authorization: token });
        return status === 200 && JSON.parse(text).features[0].name === 'a';
      });
    }
    expect(upstream.requests.filter(({ url }) => url.endsWith('/client/features'))).toHaveLength(1);
    for (const member of members) expect(member.stdout() + member.stderr()).not.toContain('-secret-0');
  });

  it('Flagsmith asks once for all', async () => {
    const core = later(await CoreApi.start(), (one) => one.close());
    core.documents.set('ser.one', e2eDocument());
    const settings = {
      ...keyPairs(['ser.one', 'client1']),
      API_POLL_FREQUENCY_SECONDS: '3600',
      HALYARD_FLEET_REDIS_URL: await redisUrl(),
    };
    const start = async () => later(await startFlagsmith(subject, core, settings));
    const members = await Promise.all([start(), start(), start()]);
    for (const member of members) {
      const { status, text } = await member.get('/api/v1/flags/', { 'x-environment-key': 'client1' });
      expect([status, JSON.parse(text).length > 0]).toEqual([200, true]);
    }
    expect(core.documentStatuses).toEqual([200]);
  });

  it('a change reaches all members of a Flagsmith fleet', async () => {
    const core = later(await CoreApi.start(), (one) => one.close());
    core.documents.set('ser.one', e2eDocument({ updated_at: '2026-01-01T00:00:00+00:00' }));
    const settings = { ...keyPairs(['ser.one', 'client1']), HALYARD_FLEET_REDIS_URL: await redisUrl() };
    const start = async () => later(await startFlagsmith(subject, core, settings));
    const members = await Promise.all([start(), start()]);
    const changed = JSON.parse(e2eDocument({ updated_at: '2026-02-02T00:00:00+00:00' })) as {
      feature_states: unknown[];
    };
    changed.feature_states = changed.feature_states.slice(0, 1);
    core.documents.set('ser.one', JSON.stringify(changed));
    await eventually('the change everywhere', async () => {
      const replies = await Promise.all(
        members.map((one) => one.get('/api/v1/flags/', { 'x-environment-key': 'client1' })),
      );
      return replies.every(({ text }) => JSON.parse(text).length === 1);
    });
  });
});
