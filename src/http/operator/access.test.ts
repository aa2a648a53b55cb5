import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testRequest } from '../testing.ts';
import { createOperatorAccess, type OperatorNeed } from './access.ts';
import { usualAttemptLimits, WrongAttempts } from './attempts.ts';
import { hostName, isFromThisMachine } from './loopback.ts';
import type { OperatorSettings } from './settings.ts';

const token = 'operator-token-for-tests';
const local = { host: 'localhost:3000' };

function status(
  settings: Partial<OperatorSettings>,
  need: OperatorNeed,
  headers: Record<string, string>,
  peer = '127.0.0.1',
  method = 'GET',
): number {
  const access = createOperatorAccess({ tokens: [], access: 'loopback', ...settings }, () => 0);
  return access(testRequest({ method, headers, peer }), need)?.status ?? 200;
}

describe('what this machine may see', () => {
  const page = (headers: Record<string, string>, peer?: string) => status({}, 'token-or-loopback', headers, peer);

  test.each<[string, Record<string, string>, string, number]>([
    ['through localhost', local, '127.0.0.1', 200],
    ['over IPv6', { host: '[::1]:3000' }, '::1', 200],
    ['over a dual-stack listener', { host: '127.0.0.1' }, '::ffff:127.0.0.1', 200],
    ['from elsewhere', local, '10.0.0.7', 403],
    ['from elsewhere, saying it is local', { ...local, 'x-forwarded-for': '127.0.0.1' }, '10.0.0.7', 403],
    ['through a reverse proxy here', { ...local, 'x-forwarded-for': '8.8.8.8' }, '127.0.0.1', 403],
    ['through another kind of proxy', { ...local, via: '1.1 x' }, '127.0.0.1', 403],
    ['under the name of a site', { host: 'rebound.example' }, '127.0.0.1', 403],
    ['under a name that only begins like it', { host: 'localhost.example' }, '127.0.0.1', 403],
    ['without a host', {}, '127.0.0.1', 403],
    ['over a socket path', local, 'unknown', 403],
  ])('%s', (_name, headers, peer, expected) => expect(page(headers, peer)).toBe(expected));

  test('only the page, and only where the settings say so', () => {
    expect(status({}, 'token', local)).toBe(404);
    expect(status({ access: 'token' }, 'token-or-loopback', local)).toBe(403);
    expect(status({ tokens: [token] }, 'token', local)).toBe(401);
    expect(status({ tokens: [token] }, 'token-or-loopback', local)).toBe(200);
  });

  test('nothing that can stand in Host makes it fail', () => {
    fc.assert(
      fc.property(fc.string(), (host) => {
        hostName(host);
        expect(isFromThisMachine(testRequest({ headers: { host }, peer: '10.0.0.1' }))).toBe(false);
      }),
    );
  });
});

describe('pages of other sites', () => {
  const page = (headers: Record<string, string>, method = 'GET') =>
    status({ tokens: [token] }, 'token-or-loopback', { ...local, ...headers }, '127.0.0.1', method);
  const opened = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

  test.each<[string, Record<string, string>, string, number]>([
    ['fetching', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 'GET', 403],
    ['of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 'GET', 403],
    ['with a link to here', { 'sec-fetch-site': 'cross-site', ...opened }, 'GET', 200],
    ['with a form', { 'sec-fetch-site': 'cross-site', ...opened }, 'POST', 403],
    ['with a frame', { 'sec-fetch-site': 'cross-site', ...opened, 'sec-fetch-dest': 'iframe' }, 'GET', 403],
    ['in an old browser', { origin: 'https://evil.example' }, 'POST', 403],
    ['without an origin of its own', { origin: 'null' }, 'POST', 403],
    ['or our own', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3000' }, 'POST', 200],
    ['or our own in an old browser', { origin: 'http://localhost:3000' }, 'POST', 200],
    ['or nobody', { 'sec-fetch-site': 'none', ...opened }, 'GET', 200],
  ])('%s', (_name, headers, method, expected) => expect(page(headers, method)).toBe(expected));
});

describe('tokens', () => {
  const with_ = (authorization: string) =>
    status({ tokens: ['another-token-of-operators', token] }, 'token', { authorization }, '10.0.0.7');
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test.each([`Bearer ${token}`, `bearer  ${token} `, token, basic(`anybody:${token}`), basic(`:${token}`)])(
    '%s opens',
    (header) => expect(with_(header)).toBe(200),
  );
  test.each(['Bearer', 'Bearer x', `Bearer ${token}x`, `Basic ${token}`, basic(`${token}:`), `Bearer ${token} y`])(
    '%s does not',
    (header) => expect(with_(header)).toBe(401),
  );

  test('a wrong one is refused also on this machine, and asked for in words', () => {
    const access = createOperatorAccess({ tokens: [token], access: 'loopback' }, () => 0);
    const request = (authorization?: string) =>
      testRequest({ headers: authorization === undefined ? local : { ...local, authorization }, peer: '127.0.0.1' });
    expect(access(request('Bearer wrong'), 'token-or-loopback')).toMatchObject({
      status: 401,
      message: 'The operator token is not right.',
      headers: { 'WWW-Authenticate': expect.stringContaining('Basic') },
    });
    expect(access(request(), 'token')?.message).toContain('Authorization: Bearer');
  });
});

describe('guessing', () => {
  test('ends after ten attempts, for a minute, for the address that guessed', () => {
    let nowMs = 0;
    const access = createOperatorAccess({ tokens: [token], access: 'token' }, () => nowMs);
    const ask = (given: string, peer = '10.0.0.7') =>
      access(testRequest({ headers: { authorization: `Bearer ${given}` }, peer }), 'token');
    for (let i = 0; i < usualAttemptLimits.perAddress; i++)
      expect(ask(`guess ${i}`.replace(' ', '-'))?.status).toBe(401);
    expect(ask('guess')).toMatchObject({ status: 429, headers: { 'Retry-After': '60' } });
    expect(ask(token)?.status).toBe(429);
    expect(ask(token, '10.0.0.8')).toBeNull();
    nowMs = 60_000;
    expect(ask(token)).toBeNull();
    expect(ask('guess')?.status).toBe(401);
  });

  test('asking without a token is no guess', () => {
    const access = createOperatorAccess({ tokens: [token], access: 'token' }, () => 0);
    for (let i = 0; i < 50; i++) expect(access(testRequest({ peer: '10.0.0.7' }), 'token')?.status).toBe(401);
    const right = testRequest({ headers: { authorization: `Bearer ${token}` }, peer: '10.0.0.7' });
    expect(access(right, 'token')).toBeNull();
  });

  test('is remembered for a bounded number of addresses; networks of IPv6 count as one', () => {
    const attempts = new WrongAttempts(() => 0, { perAddress: 2, windowMs: 1_000, addresses: 3 });
    for (let i = 0; i < 100; i++) attempts.add(`10.0.0.${i}`);
    expect(attempts.size).toBe(3);
    attempts.add('2001:db8::1');
    attempts.add('2001:db8::2');
    expect(attempts.waitMs('2001:db8::3')).toBe(1_000);
    expect(attempts.waitMs('2001:db8:0:1::3')).toBe(0);
    expect(attempts.waitMs('::ffff:10.0.0.99')).toBe(0);
  });
});
