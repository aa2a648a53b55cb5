import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { addressRange, parseAddress } from './addresses.ts';

const covers = (range: string, text: string): boolean | undefined => {
  const address = parseAddress(text);
  return address && addressRange(range)?.(address);
};

describe('parseAddress', () => {
  test.each(['', 'localhost', '1', '1.2.3', '0x7f.1', '1.2.3.4.5', '1.2.3.256', ':::', '1.2.3.4:80'])(
    'refuses %j',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );

  test('remembers the last one, and no other', () => {
    const first = parseAddress('10.0.0.1');
    expect(parseAddress('10.0.0.1')).toBe(first);
    expect(parseAddress('nothing')).toBeUndefined();
    expect(parseAddress('::ffff:10.0.0.1')).toEqual(first);
    expect(parseAddress(undefined)).toBeUndefined();
  });
});

describe('addressRange', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3/32', '10.1.2.3', true],
    ['10.1.2.3/20', '10.1.15.255', true],
    ['10.1.2.3/20', '10.1.16.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['fe80::1%eth0', 'fe80::1%eth0', true],
    ['fe80::1%eth0', 'fe80::1%eth1', false],
    ['fe80::1', 'fe80:0:0:0:0:0:0:1', true],
  ])('%s covers %s: %s', (range, text, expected) => expect(covers(range, text)).toBe(expected));

  test.each(['', 'a/8', '10.0.0.0/33', '10.0.0/8', '::/129', '1.2.3.4/'])('refuses %j', (text) =>
    expect(addressRange(text)).toBeUndefined(),
  );

  test('agrees with the library', () => {
    const near = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.nat(0xffff)).map(([base, bits, off]) => {
      const bytes = ipaddr.parse(base).toByteArray();
      const text = [bytes[0], bytes[1], (bytes[2] ?? 0) ^ (off >> 12), (bytes[3] ?? 0) ^ (off & 0xff)].join('.');
      return { range: `${base}/${bits}`, text };
    });
    const far = fc
      .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6())
      .map(([base, bits, text]) => ({ range: `${base}/${bits}`, text }));
    fc.assert(
      fc.property(fc.oneof(near, far), ({ range, text }) => {
        const [network, bits] = ipaddr.parseCIDR(range);
        const address = ipaddr.process(text);
        // Ranges of mapped addresses are IPv6 ranges, which the mapped address itself is none of.
        expect(covers(range, text)).toBe(address.kind() === network.kind() && address.match(network, bits));
      }),
      { numRuns: 3_000 },
    );
  });
});
