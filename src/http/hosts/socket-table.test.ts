import { describe, expect, it } from 'vitest';
import { connectionKey, SocketTableReader } from './socket-table.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n';
const idle =
  '   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 10611559 1 00000000205ad2de 20 4 30 10 -1                 \n';
const resent =
  '   2: 0100630A:1F90 0200630A:D431 01 000000A5:00000000 01:00000A12 00000007     0        0 10611560 2 00000000680c2044 120 4 29 1 7                  \n';
const full =
  '10003: 0100630A:1F90 0200630A:D432 08 0000F000:00000000 04:00000A12 00000000     0        5 10611561 2 00000000680c2045 120 4 29 1 7                  \n';
const orphan =
  '   4: 0100630A:1F90 0200630A:D433 04 000000A5:00000000 01:00000A12 00000007     0        0 0 2 00000000680c2046 120 4 29 1 7                         \n';

describe('SocketTableReader', () => {
  const expected = [
    { key: '0200630A:D431 1F90', queuedBytes: 0xa5, retries: 7, isPeerFull: false },
    { key: '0200630A:D432 1F90', queuedBytes: 0xf000, retries: 0, isPeerFull: true },
  ];

  it('finds open connections with something waiting', () => {
    const reader = new SocketTableReader('IPv4-lines');
    expect(reader.feed(Buffer.from(head + idle + resent + full + orphan))).toEqual(expected);
  });

  it('reads pieces cut at every place, whose memory is used again', () => {
    const bytes = Buffer.from(head + resent + idle + full);
    for (let at = 0; at <= bytes.length; at++) {
      const reader = new SocketTableReader('IPv4-lines');
      const memory = Buffer.from(bytes.subarray(0, at));
      const found = [...reader.feed(memory)];
      memory.fill('x');
      expect([...found, ...reader.feed(bytes.subarray(at))]).toEqual(expected);
    }
  });

  it('reads the lines of IPv6, those of IPv4 in them as such', () => {
    const line = (remote: string) =>
      `   0: 0000000000000000FFFF00000100630A:1F90 ${remote}:D431 01 00000001:00000000 01:00000A12 00000003     0        0 1 2 0 120 4 29 1 7\n`;
    const reader = new SocketTableReader('IPv6-lines');
    const found = reader.feed(
      Buffer.from(head + line('0000000000000000FFFF00000200630A') + line('B80D0120000000000000000001000000')),
    );
    expect(found.map(({ key }) => key)).toEqual([
      connectionKey('10.99.0.2', 0xd431, 8080),
      connectionKey('2001:db8::1', 0xd431, 8080),
    ]);
  });

  it('takes nothing from lines that look otherwise', () => {
    expect(new SocketTableReader('IPv4-lines').feed(Buffer.from('\nno table\n   : \n1: 2: 3\n'))).toEqual([]);
  });
});

it('connectionKey names a connection as the table does, however its address is written', () => {
  expect(connectionKey('10.99.0.2', 0xd431, 8080)).toBe('0200630A:D431 1F90');
  expect(connectionKey('::ffff:10.99.0.2', 0xd431, 8080)).toBe('0200630A:D431 1F90');
  expect(connectionKey('fe80::1%eth0', 80, 1)).toBe('000080FE000000000000000001000000:0050 0001');
  expect(connectionKey(undefined, 80, 1)).toBeUndefined();
  expect(connectionKey('', 80, 1)).toBeUndefined();
  expect(connectionKey('10.0.0.1', undefined, 1)).toBeUndefined();
});
