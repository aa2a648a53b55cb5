import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../http/upstream/types.ts';
import { decodeRecord, encodeRecord } from './record.ts';

describe('records', () => {
  it('keep status, body and the headers that are read', () => {
    const header = (name: string) => ({ etag: '"ä"', 'set-cookie': 'secret' })[name];
    const body = Uint8Array.from({ length: 300 }, (_, i) => i);
    const bytes = encodeRecord({ kind: 'response', response: { status: 200, body, header } }, 5);
    const read = decodeRecord(bytes);
    if (read?.outcome.kind !== 'response') throw new Error('no response');
    const { response } = read.outcome;
    expect([read.keptMs, response.status, response.header('ETag')]).toEqual([5, 200, '"ä"']);
    expect(new Uint8Array(response.body)).toEqual(body);
    expect(response.header('set-cookie')).toBeUndefined();
    expect(Buffer.from(bytes).includes('secret')).toBe(false);
  });

  it('keep failures, and that nothing is shared', () => {
    const error = new UpstreamError('network', 'nobody', 'ECONNREFUSED');
    const read = decodeRecord(encodeRecord({ kind: 'failure', error }, 1))?.outcome;
    expect(read).toEqual({ kind: 'failure', error });
    expect(read?.kind === 'failure' && [read.error.failure, read.error.code]).toEqual(['network', 'ECONNREFUSED']);
    expect(decodeRecord(encodeRecord({ kind: 'unshared' }, 1))?.outcome).toEqual({ kind: 'unshared' });
  });

  it.each(['', 'x', '\0\0\0\x02{}', '\0\0\0\x09{}', 'anything else'])('do not read %j', (text) => {
    expect(decodeRecord(Buffer.from(text))).toBeUndefined();
  });
});
