import { expect, it } from 'vitest';
import { request } from '../../../test/flagsmith/requests.ts';
import { FlagsmithLogger } from '../../operations/flagsmith-logger.ts';
import { readTrustedPeers, withAccessLog } from './access-log.ts';

function remoteFor(forwarded: string, trusted: Parameters<typeof withAccessLog>[2]): string {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const common = { format: 'json', level: 'INFO', eventField: 'message', colours: false } as const;
  const logger = new FlagsmithLogger({ ...common, now: () => 0, write });
  const handler = withAccessLog(() => ({ status: 204, headers: {}, body: null }), logger, trusted);
  handler(request('GET', '/a?b=c', { 'x-forwarded-for': forwarded }));
  const { remote_ip, message, path } = JSON.parse(lines[0]!);
  expect([message, path]).toEqual([`${remote_ip} - "GET /a?b=c HTTP/1.1" 204`, '/a?b=c']);
  return remote_ip;
}

it('shows the peer, or what trusted peers forward', () => {
  expect(remoteFor('1.1.1.1', null)).toBe('127.0.0.1:0');
  expect(remoteFor('1.1.1.1, 2.2.2.2', readTrustedPeers(undefined))).toBe('2.2.2.2:0');
  expect(remoteFor('1.1.1.1, 2.2.2.2', readTrustedPeers('127.0.0.1, 2.2.2.2'))).toBe('1.1.1.1:0');
  expect(remoteFor('1.1.1.1, 2.2.2.2', readTrustedPeers('*'))).toBe('1.1.1.1:0');
  expect(remoteFor('1.1.1.1', readTrustedPeers('9.9.9.9'))).toBe('127.0.0.1:0');
  expect(remoteFor('', readTrustedPeers('*'))).toBe('127.0.0.1:0');
});
