import { expect, it } from 'vitest';
import { logEvents } from '../../../flags/events/catalogue.ts';
import type { LogEvent } from '../../../flags/events/log-event.ts';
import { UpstreamError, type UpstreamResponse } from '../../../http/upstream/types.ts';
import type { EdgeToken, EdgeUpstreamAccess } from '../types.ts';
import { announce } from './announce.ts';
import { edgeUrls } from './urls.ts';

const token = { token: '*:dev.some-secret', environment: 'dev', projects: ['*'] } as unknown as EdgeToken;

async function toldWhen(answer: () => Partial<UpstreamResponse>): Promise<[code: string, text: string][]> {
  const told: [string, string][] = [];
  const ignored = () => undefined;
  const logEvent = (event: LogEvent, message: unknown) => told.push([event.code, String(message)]);
  await announce(token, {
    access: {
      send: async () => answer() as UpstreamResponse,
      urls: edgeUrls('http://upstream'),
      headers: () => ({}),
      timeoutMs: 1,
      limitBytes: 1,
    } as unknown as EdgeUpstreamAccess,
    identity: { appName: 'app', instanceId: 'i', connectionId: 'c', startedAtMs: 0, edgeVersion: '19.15.1' } as never,
    metricsIntervalMs: 60_000,
    platformName: 'Bun',
    platformVersion: '1',
    logger: { debug: ignored, info: ignored, warn: ignored, error: ignored, fatal: ignored, logEvent },
  });
  return told;
}

it('a registration that fails is told with its code and without the token', async () => {
  const refused = await toldWhen(() => ({ status: 401 }));
  const { code } = logEvents.edgeRegistrationFailed;
  expect(refused).toEqual([[code, 'Could not register *:dev.[redacted] upstream: upstream says 401']]);
  const away = await toldWhen(() => {
    throw new UpstreamError('network', 'nobody is there');
  });
  expect(away).toEqual([[code, 'Could not register *:dev.[redacted] upstream: nobody is there']]);
});

it('one that is taken is not told', async () => {
  expect(await toldWhen(() => ({ status: 202 }))).toEqual([]);
});
