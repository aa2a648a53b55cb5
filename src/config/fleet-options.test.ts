import { describe, expect, it } from 'vitest';
import { FleetSettingError, readFleetSettings } from './fleet-options.ts';

const read = (HALYARD_FLEET_REDIS_URL?: string, HALYARD_FLEET_NAME?: string) =>
  readFleetSettings({ HALYARD_FLEET_REDIS_URL, HALYARD_FLEET_NAME });

describe('readFleetSettings', () => {
  it.each([
    ['redis://a', ['redis://a']],
    ['redis://a, rediss://b:7', ['redis://a', 'rediss://b:7']],
    ['redis-sentinel://a,b:1/2#m', ['redis-sentinel://a,b:1/2#m']],
  ])('reads %s', (text, redisUrls) => {
    const reports = { limitBytes: 8_388_608, limitEntries: 1_000, keepMs: 120_000 };
    expect(read(text)).toEqual({ redisUrls, name: 'halyard', reports });
  });

  it('knows no fleet without a URL', () => {
    expect([read(), read(''), read(undefined, 'x')]).toEqual([undefined, undefined, undefined]);
  });

  it('takes a name', () => {
    expect(read('redis://a', 'team-1')?.name).toBe('team-1');
  });

  it('takes bounds of usage', () => {
    const bounds = {
      HALYARD_FLEET_USAGE_LIMIT_BYTES: '1000',
      HALYARD_FLEET_USAGE_LIMIT_REPORTS: '10',
      HALYARD_FLEET_USAGE_KEEP_SECONDS: '5',
    };
    const settings = { HALYARD_FLEET_REDIS_URL: 'redis://a', ...bounds };
    expect(readFleetSettings(settings)?.reports).toEqual({ limitBytes: 1_000, limitEntries: 10, keepMs: 5_000 });
    for (const wrong of ['0', '-1', 'many', '1e3']) {
      const attempt = () => readFleetSettings({ ...settings, HALYARD_FLEET_USAGE_LIMIT_REPORTS: wrong });
      expect(attempt).toThrow(/HALYARD_FLEET_USAGE_LIMIT_REPORTS has to be a whole number/);
    }
  });

  it.each([
    ['http://u:secret@a', undefined, /HALYARD_FLEET_REDIS_URL: Redis cannot be reached through "http"/],
    ['redis-sentinel://u:secret@a', undefined, /name of the master/],
    ['redis://u:secret@a', '{x}', /HALYARD_FLEET_NAME has to be/],
  ])('refuses %s with name %s', (url, name, message) => {
    const attempt = () => read(url, name);
    expect(attempt).toThrow(FleetSettingError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/secret/);
  });
});
