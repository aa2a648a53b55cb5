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

describe('who asks for all flags, told without a look at the credential', () => {
  const body = { body: '{"context":{}}' };
  const withKey = (headers: Record<string, string> = {}, more: TestRequest = {}) =>
    asked({ authorization: 'key', ...headers }, { ...body, ...more });

  test('is who asked before, as long as nothing was announced since the credential was looked at', () => {
    const { askers } = started();
    const view = viewOf('1');
    expect(askers.known(withKey(), anyone.headers)).toBeUndefined();
    const asker = askers.of(view, 'key', withKey(), anyone, askers.clearings);
    expect(askers.known(withKey(), anyone.headers)).toBe(asker);
    askers.clear();
    expect(askers.known(withKey(), anyone.headers)).toBeUndefined();
    const again = askers.of(view, 'key', withKey(), anyone, askers.clearings);
    expect(askers.known(withKey(), anyone.headers)).toBe(again);
  });

  test('is nobody whose credential was looked at before an announcement, or may change without one', () => {
    const { askers } = started();
    const view = viewOf('1');
    const before = askers.clearings;
    askers.clear();
    const asker = askers.of(view, 'key', withKey(), anyone, before);
    expect(askers.known(withKey(), anyone.headers)).toBeUndefined();
    expect(askers.of(view, 'key', withKey(), anyone)).toBe(asker);
    expect(askers.known(withKey(), anyone.headers)).toBeUndefined();
    expect(askers.of(view, 'key', withKey(), anyone, askers.clearings)).toBe(asker);
    expect(askers.known(withKey(), anyone.headers)).toBe(asker);
  });

  test.each<[string, Record<string, string>, TestRequest]>([
    ['another credential', { authorization: 'other' }, {}],
    ['a credential in another header', { authorization: '', 'x-api-key': 'other' }, {}],
    ['another host', { host: 'other.example' }, {}],
    ['another coding of replies', { 'accept-encoding': 'gzip' }, {}],
    ['a packed body', { 'content-encoding': 'gzip' }, {}],
    ['a long body', {}, { body: ' '.repeat(2_049) }],
    ['a body of unknown length', { 'content-length': '' }, {}],
    ['another path', {}, { url: '/other' }],
    ['some flags only', {}, { url: '/bulk?keys=a' }],
    ['another method', {}, { method: 'PUT' }],
    ['another address', {}, { peer: '10.1.1.1' }],
    ['more than anybody can tell', { unknowable: 'yes' }, {}],
  ])('is nobody known with %s', (_what, headers, more) => {
    const { askers } = started();
    askers.of(viewOf('1'), 'key', withKey(), anyone, askers.clearings);
    expect(askers.known(withKey(), anyone.headers)).toBeDefined();
    const request = withKey(headers, more);
    if (headers['content-length'] === '') {
      const { header } = request;
      request.header = (name) => (name === 'content-length' ? undefined : header(name));
    }
    expect(askers.known(request, anyone.headers)).toBeUndefined();
    expect(askers.known(withKey(), {})).toBeUndefined();
  });

  test('is nobody known where functions decide about origins, and when upstream became silent', () => {
    const { askers, clock } = started();
    const heard = { atMs: 0 };
    const asking = { headers: {}, isSteady: false };
    askers.of(viewOf('1'), 'key', withKey(), asking, askers.clearings);
    expect(askers.known(withKey(), asking.headers)).toBeUndefined();
    askers.of(viewOf('1', heard), 'key', withKey(), anyone, askers.clearings);
    clock.nowMs = 45_000;
    expect(askers.known(withKey(), anyone.headers)).toBeUndefined();
    heard.atMs = clock.nowMs;
    expect(askers.known(withKey(), anyone.headers)).toBeDefined();
  });
});
