/** A worker that cannot use what its primary sends says so with a code, and serves what it held before. */
import { afterEach, expect, it, vi } from 'vitest';
import { e2eDocument } from '../../test/flagsmith/api.ts';
import { eventually } from '../../test/support/wait.ts';
import { logEvents } from '../flags/events/catalogue.ts';
import { readConfig } from '../flagsmith/config/read-config.ts';
import { assembleFlagsmith } from '../library/flagsmith/assemble-flagsmith.ts';
import { createProxyConfig } from '../library/resolve-config.ts';
import { alone, type Fleet } from './fleet.ts';
import { joinedChannels, Link } from './link.ts';
import { proxyServiceIn } from './proxy.ts';

/** A worker's fleet, and the primary's end of its line. */
function worker() {
  const [ours, theirs] = joinedChannels();
  const primary = new Link(ours);
  const settled: (() => Promise<unknown>)[] = [];
  const fleet: Fleet = { ...alone, primary: new Link(theirs), before: (ready) => void settled.push(ready) };
  const send = async (name: string, about: object, text: string) => {
    primary.sendBytes(name, about, new TextEncoder().encode(text));
    await new Promise((resolve) => setImmediate(resolve));
    for (const ready of settled) await ready();
  };
  return { fleet, send, primary };
}

const about = { revision: 1, origin: 'upstream', publishedAtMs: 0 } as const;
afterEach(() => vi.restoreAllMocks());

it('Unleash Proxy mode', async () => {
  const told: unknown[] = [];
  const { fleet, send, primary } = worker();
  const quiet = () => undefined;
  const logger = {
    ...{ debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet },
    logEvent: ({ code }: { code: string }) => void told.push(code),
  };
  const config = createProxyConfig({ unleashUrl: 'http://u/api', unleashApiToken: 't', clientKeys: ['k'], logger });
  const service = proxyServiceIn(fleet)(config);
  const features = [{ name: 'a', enabled: true, strategies: [{ name: 'default' }] }];
  await send('proxy-definitions', about, JSON.stringify({ version: 2, features }));
  await eventually('the document', () => service.slot.current?.revision === 1);
  expect(told).toEqual([]);
  await send('proxy-definitions', { ...about, revision: 2 }, '{"version":2,"features":[');
  await eventually('a word about it', () => told.length > 0);
  expect([service.slot.current?.revision, told]).toEqual([1, [logEvents.workerDocumentUnusable.code]]);
  primary.onQuestion('proxy-usage', () => undefined);
  await service.stop(100);
});

it('Flagsmith mode', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  const read = readConfig(null, {
    ENVIRONMENT_KEY_PAIRS: '[{"client_side_key":"client","server_side_key":"ser.client"}]',
    LOGGING: '{"log_format":"json"}',
  });
  if (!read.ok) throw new TypeError(read.problems.join());
  const { fleet, send, primary } = worker();
  const { service, stop } = await assembleFlagsmith(read.config, fleet);
  const held = () => service.registry.get('client')?.slot.current?.revision;
  await send('flagsmith-document', { ...about, clientKey: 'client' }, e2eDocument({}));
  await eventually('the document', () => held() === 1);
  expect(lines).toEqual([]);
  await send('flagsmith-document', { ...about, clientKey: 'client', revision: 2 }, '{"feature_states":[{}]}');
  await eventually('a word about it', () => lines.length > 0);
  expect(held()).toBe(1);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: 'document_not_taken', code: 'HALYARD-7016', level: 'error' },
  ]);
  primary.onQuestion('flagsmith-counts', () => undefined);
  await stop(100);
});
