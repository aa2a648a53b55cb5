import { describe, expect, test } from 'vitest';
import { createClientAddress, type TrustProxy, TrustProxyError } from './client-address.ts';
import { testRequest } from './testing.ts';

function address(trust: TrustProxy, forwarded: string | undefined, peer = '127.0.0.1'): string | undefined {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return createClientAddress(trust)(testRequest({ headers, peer }));
}

describe('createClientAddress', () => {
  test.each<[TrustProxy, string | undefined, string]>([
    [false, '1.1.1.1, 10.0.0.9', '127.0.0.1'],
    [true, '1.1.1.1, 10.0.0.9', '1.1.1.1'],
    [true, undefined, '127.0.0.1'],
    [true, 'garbage', 'garbage'],
    [0, '1.1.1.1', '127.0.0.1'],
    [1, '1.1.1.1, 10.0.0.9', '10.0.0.9'],
    [2, '1.1.1.1, 10.0.0.9', '1.1.1.1'],
    [9, '1.1.1.1, 10.0.0.9', '1.1.1.1'],
    ['loopback', '1.1.1.1, 10.0.0.9', '10.0.0.9'],
    ['10.0.0.0/8, loopback', '192.168.0.9, 10.2.2.2', '192.168.0.9'],
    ['loopback,uniquelocal', '8.8.8.8, 10.2.2.2', '8.8.8.8'],
    ['127.0.0.1', '1.1.1.1', '1.1.1.1'],
    ['10.0.0.1', '1.1.1.1', '127.0.0.1'],
    ['loopback', 'garbage, 127.0.0.2', 'garbage'],
  ])('trusting %s with %s gives %s', (trust, forwarded, expected) => {
    expect(address(trust, forwarded)).toBe(expected);
  });

  test('peers of a dual-stack listener are IPv4 addresses', () => {
    expect(address(false, undefined, '::ffff:10.1.1.1')).toBe('10.1.1.1');
    expect(address('10.1.1.1', '8.8.8.8', '::ffff:10.1.1.1')).toBe('8.8.8.8');
    expect(address(false, undefined, '2001:db8::1')).toBe('2001:db8::1');
  });

  test.each(['bogus', '10.0.0.0/99', ''])('refuses %j', (trust) => {
    expect(() => createClientAddress(trust)).toThrow(TrustProxyError);
  });
});
