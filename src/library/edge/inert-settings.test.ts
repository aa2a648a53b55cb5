import { describe, expect, it } from 'vitest';
import { inertSettings } from './inert-settings.ts';

const server = { edgeRequestTimeout: 5, http: 'own', tlsEnable: false } as const;
const patient = { ...server, edgeRequestTimeout: 20 };
const settings = {
  deltaDiff: false,
  upstreamRequestTimeout: 5,
  upstreamSocketTimeout: 5,
  clientKeepaliveTimeout: 15,
};

describe('inertSettings', () => {
  it('has nothing to say about defaults, on either runtime', () => {
    expect(inertSettings(server, settings, 'bun')).toEqual([]);
    expect(inertSettings(server, settings, 'node')).toEqual([]);
    expect(inertSettings(server, undefined, 'bun')).toEqual([]);
  });

  it.each([
    [{ ...patient, tlsEnable: true }, settings, /--edge-request-timeout: on Bun with HTTPS a client has about 10 s/],
    [{ ...patient, http: 'runtime' }, settings, /--edge-request-timeout: on Bun with HALYARD_HTTP=runtime a client/],
    [server, { ...settings, upstreamRequestTimeout: 2 }, /--upstream-request-timeout: on Bun/],
    [server, { ...settings, upstreamSocketTimeout: 0 }, /--upstream-request-timeout: on Bun/],
    [server, { ...settings, clientKeepaliveTimeout: 60 }, /--client-keepalive-timeout: Bun knows 0/],
  ] as const)('names what Bun does not do: %j %j', (one, other, message) => {
    expect(inertSettings(one, other, 'bun')).toEqual([expect.stringMatching(message)]);
    expect(inertSettings(one, other, 'node')).toEqual([]);
  });

  it('is content with what Bun can do', () => {
    expect(inertSettings(patient, settings, 'bun')).toEqual([]);
    expect(inertSettings(server, { ...settings, clientKeepaliveTimeout: 0, upstreamRequestTimeout: 9 }, 'bun')).toEqual(
      [],
    );
  });

  it('takes 0 as no limit', () => {
    expect(inertSettings(server, { ...settings, upstreamRequestTimeout: 0 }, 'bun')).toEqual([]);
  });

  it('says why --delta-diff does nothing, on both', () => {
    for (const runtime of ['bun', 'node'] as const) {
      expect(inertSettings(server, { ...settings, deltaDiff: true }, runtime)).toEqual([
        '--delta-diff has no effect: it compared two ways of fetching while one of them was new',
      ]);
    }
  });
});
