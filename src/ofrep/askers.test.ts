import { describe, expect, test } from 'vitest';
import { createPublicBase } from '../http/public-base.ts';
import { type TestRequest, testRequest } from '../http/testing.ts';
import { Askers } from './askers.ts';
import type { CorsHeaders } from './send.ts';
import { StreamTokens } from './streams/stream-token.ts';
import { Tails } from './tails.ts';
import type { FlagView } from './types.ts';
import { ViewRegister } from './view-register.ts';

const steady = (headers: Record<string, string> = {}): CorsHeaders => ({ headers, isSteady: true });
const anyone = steady();
const asked = (headers: Record<string, string> = {}, more: TestRequest = {}) =>
  testRequest({ method: 'POST', url: '/bulk', headers: { host: 'flags.example', ...headers }, ...more });

/** Of a view, what tells askers apart; `heardMs` is when its upstream was heard of. */
function viewOf(version: string, heard: { atMs: number } = { atMs: 0 }): FlagView {
  const view: Partial<FlagView> = {
    ...{ flagSetId: 'set', version, channel: 'channel', memoryShare: 1, keys: [] },
    addition: (request) => (request.header('unknowable') === undefined ? (request.peerAddress() ?? '') : undefined),
    lastHeardMs: () => heard.atMs,
  };
  return view as FlagView;
}

function started() {
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const streams = { enabled: true, except: new Set<string>(), inactivityDelaySeconds: 60 };
  const tokens = new StreamTokens('secret', 1_000_000, now);
  const tails = new Tails({ streams: streams as never, tokens, staleAfterMs: 30_000, limit: 100, now });
  const settings = { replyCacheBytes: 1_000_000, singleLimit: 1, selectionLimit: 1 };
  const register = new ViewRegister(settings as never);
  const publicBase = createPublicBase({ publicUrl: undefined, basePath: '', isTrusted: undefined });
  return { askers: new Askers({ tails, register, publicBase }), clock };
}

describe('who asks for all flags', () => {
  test('is known again when everything is alike', () => {
    const { askers } = started();
    const view = viewOf('1');
    const asker = askers.of(view, 'key', asked({ 'accept-encoding': 'gzip' }), anyone);
    expect(asker).toMatchObject({ credential: 'key', base: 'http://flags.example', encoding: 'gzip' });
    for (let i = 0; i < 7; i++) askers.of(view, `other-${i}`, asked(), anyone);
    expect(askers.of(view, 'key', asked({ 'accept-encoding': 'gzip' }), anyone)).toBe(asker);
  });

  test('is somebody else when anything differs that a reply depends on', () => {
    const { askers } = started();
    const view = viewOf('1');
    const all = [
      askers.of(view, 'key', asked(), anyone),
      askers.of(viewOf('2'), 'key', asked(), anyone),
      askers.of(view, 'other', asked(), anyone),
      askers.of(view, 'key', asked({ host: 'other.example' }), anyone),
      askers.of(view, 'key', asked({ 'accept-encoding': 'gzip' }), anyone),
      askers.of(view, 'key', asked({ 'accept-encoding': 'br' }), anyone),
      askers.of(view, 'key', asked(), steady({ 'Access-Control-Allow-Origin': 'https://a.example' })),
      askers.of(view, 'key', asked({}, { peer: '10.1.1.1' }), anyone),
    ];
    expect(new Set(all.map(({ prefix }) => prefix)).size).toBe(all.length);
    expect(all.map(({ prefix }) => prefix)).not.toContain(undefined);
    for (const [i, asker] of all.entries()) expect(all.indexOf(asker)).toBe(i);
  });

  test.each([
    ['has a packed body', asked({ 'content-encoding': 'gzip' })],
    ['asks for some flags only', asked({}, { url: '/bulk?keys=a' })],
    ['is more than anybody can tell', asked({ unknowable: 'yes' })],
  ])('has nothing remembered when it %s, before and after a request that has', (_what, request) => {
    const { askers } = started();
    const view = viewOf('1');
    expect(askers.of(view, 'key', request, anyone).prefix).toBeUndefined();
    expect(askers.of(view, 'key', asked(), anyone).prefix).toBeDefined();
    expect(askers.of(view, 'key', request, anyone).prefix).toBeUndefined();
  });

  test('gets another ending when upstream is silent, and when stream addresses are of another time', () => {
    const { askers, clock } = started();
    const heard = { atMs: 0 };
    const view = viewOf('1', heard);
    const ask = () => askers.of(view, 'key', asked(), anyone);
    const first = ask();
    clock.nowMs = 45_000;
    const stale = ask();
    expect(Buffer.from(stale.tail.bytes).toString()).toContain('"stale":true,"ageSec":40');
    expect(stale.prefix).not.toBe(first.prefix);
    heard.atMs = clock.nowMs;
    expect(ask()).toBe(first);
    clock.nowMs = 1_000_001;
    heard.atMs = clock.nowMs;
    expect(ask().tail.tag).not.toBe(first.tail.tag);
  });

  test('is forgotten after a change, and never remembered where functions decide about origins', () => {
    const { askers } = started();
    const view = viewOf('1');
    const asker = askers.of(view, 'key', asked(), anyone);
    askers.clear();
    expect(askers.of(view, 'key', asked(), anyone)).not.toBe(asker);
    const asking = { headers: {}, isSteady: false };
    expect(askers.of(view, 'key', asked(), asking)).not.toBe(askers.of(view, 'key', asked(), asking));
  });
});
