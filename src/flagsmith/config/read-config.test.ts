import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asPlain, configRows, pair } from '../../../test/flagsmith/config-rows.ts';
import { member, vectors } from '../../../test/flagsmith/vectors.ts';
import { defaultConfig, renderConfig } from './edge-proxy-config.ts';
import { halyardFlagsmithOptions } from './halyard-options.ts';
import { readConfig } from './read-config.ts';

const read = (file: string | null, environment: Readonly<Record<string, string>> = {}) => readConfig(file, environment);

function problems(file: string | null, environment: Record<string, string> = {}): readonly string[] {
  const result = read(file, environment);
  return result.ok ? [] : result.problems;
}

describe('Edge Proxy 2.23.0’s configuration', () => {
  it.each(configRows)('$name', ({ file, environment, values, refused }) => {
    const result = read(file, environment);
    if (refused) expect(result.ok).toBe(false);
    else if (!result.ok) expect(result.problems).toEqual([]);
    else if (values !== null) expect(result.config.edgeProxy).toMatchObject(values);
  });

  it('has the original’s defaults', () => {
    const result = read(`{"environment_key_pairs":[${pair}]}`);
    expect(result).toMatchObject({ ok: true, config: { legacy: null, warnings: [] } });
    const { logging } = defaultConfig;
    const written = { ...defaultConfig, logging: { ...logging, override: Object.fromEntries(logging.override) } };
    expect(written).toEqual(asPlain(member(member(vectors.root, 'config'), 'defaults')));
  });

  it('reads variables in any case and names every problem at once', () => {
    expect(read(null, { environment_key_pairs: `[${pair}]` }).ok).toBe(true);
    expect(problems('{"environment_key_pairs":[{"client_side_key":1}],"server":{"port":"x"},"logging":[]}')).toEqual([
      'environment_key_pairs[0].server_side_key is required',
      'environment_key_pairs[0].client_side_key must be a client-side key',
      'logging must be an object',
      'server.port must be a whole number',
    ]);
    expect(problems('\ufeff{}')).toEqual(['config.json begins with a byte order mark: save it as UTF-8 without one']);
    expect(problems('{"environment_key_pairs": [')).toEqual([
      'config.json is not JSON: Expecting value (character 27)',
    ]);
    expect(problems('[]', { CONFIG_PATH: '/etc/edge.json' })).toEqual(['/etc/edge.json must be an object']);
    expect(problems(null, { ENVIRONMENT_KEY_PAIRS: '[{' })).toEqual([
      'ENVIRONMENT_KEY_PAIRS is not JSON: Expecting property name enclosed in double quotes (character 2)',
    ]);
    expect(problems(null)).toEqual([
      'environment_key_pairs is required: set it in config.json or as ENVIRONMENT_KEY_PAIRS',
    ]);
  });

  it('warns of keys in several pairs and of spinning', () => {
    const result = read(`{"environment_key_pairs":[${pair},${pair}],"api_poll_frequency":0}`);
    expect(result.ok && result.config.warnings).toEqual([
      'client-side key c is in several pairs: the last one counts',
      'api_poll_frequency_seconds is below 1: polling once a second',
    ]);
  });

  it('warns of variables that nothing reads', () => {
    const result = read(`{"environment_key_pairs":[${pair}]}`, { SERVER_PROXY_HEADERS: 'true' });
    expect(result.ok && result.config.warnings).toEqual([
      'variables that nothing reads: SERVER_PROXY_HEADERS (set SERVER={"proxy_headers": …} instead)',
    ]);
  });

  it('is rendered in a form that can be read back', () => {
    const text = renderConfig();
    expect(text).toMatch(/^\{\n {4}"environment_key_pairs": \[/);
    expect(text).not.toContain('null');
    const result = read(text);
    expect(result.ok && result.config.edgeProxy).toEqual({
      ...defaultConfig,
      environment_key_pairs: [{ server_side_key: 'ser.environment_key', client_side_key: 'environment_key' }],
    });
  });
});

describe('version 1.0’s variables', () => {
  const variables = {
    FLAGSMITH_API_URL: 'http://x/api/v1/',
    FLAGSMITH_API_TOKEN: 't',
    ENVIRONMENT_API_KEYS: 'a, b,',
    API_POLL_FREQUENCY: '3',
  };

  it('work when there are no key pairs', () => {
    const result = read(null, variables);
    expect(result.ok && result.config.legacy).toEqual({
      apiUrl: 'http://x/api/v1',
      token: 't',
      clientKeys: ['a', 'b'],
    });
    expect(result.ok && result.config.edgeProxy.api_poll_frequency_seconds).toBe(3);
    const both = read(`{"environment_key_pairs":[${pair}]}`, variables);
    expect(both.ok && both.config.legacy).toBe(null);
  });

  it('are needed together', () => {
    expect(problems(null, { ENVIRONMENT_API_KEYS: 'a' })).toEqual([
      'FLAGSMITH_API_URL is needed together with FLAGSMITH_API_TOKEN and ENVIRONMENT_API_KEYS',
      'FLAGSMITH_API_TOKEN is needed together with FLAGSMITH_API_URL and ENVIRONMENT_API_KEYS',
    ]);
  });
});

describe('settings that mean something else here', () => {
  const settings = (more: string) => {
    const result = read(`{"environment_key_pairs":[${pair}],${more}}`, {});
    if (!result.ok) throw new Error(result.problems.join());
    return result.config;
  };

  it('levels of loggers are taken from logging.override, the rest is told', () => {
    const override = `{"version":1,"handlers":{},"loggers":{"httpx":{"level":"WARNING"},"uvicorn":{"level":40},"x":{"level":"loud"},"y":1}}`;
    const { edgeProxy, warnings } = settings(`"logging":{"override":${override}}`);
    expect([...edgeProxy.logging.override]).toEqual([
      ['httpx', 'WARNING'],
      ['uvicorn', 'ERROR'],
    ]);
    expect(warnings).toEqual([
      'logging.override: version, handlers only mean something in Python; levels of loggers are applied',
    ]);
  });

  it.each([
    ['"endpoint_caches":{"flags":{"use_cache":true}}', 'endpoint_caches is not needed'],
    ['"server":{"reload":true}', 'server.reload has no effect'],
  ])('%s is told once', (more, told) => {
    expect(settings(more).warnings).toEqual([expect.stringContaining(told)]);
  });

  it('nothing is told of defaults', () => {
    expect(settings('"endpoint_caches":{"flags":{"use_cache":false}},"logging":{"override":{}}').warnings).toEqual([]);
  });
});

describe('Halyard’s own options', () => {
  const options = (environment: Record<string, string>) => {
    const result = read(`{"environment_key_pairs":[${pair}]}`, environment);
    return result.ok ? result.config.halyard : result.problems;
  };

  it('have defaults', () => {
    expect(options({ HALYARD_FLAGSMITH_EVALUATION: '' })).toEqual({
      analyticsLimitBytes: 4_000_000,
      prometheus: true,
      evaluation: 'proxy',
      documentForClientKeys: false,
      flagDetails: false,
      analytics: 'forward',
      realtime: false,
      realtimeUrl: 'https://realtime.flagsmith.com',
      proxyKey: null,
      bodyLimitBytes: 1_000_000,
      documentLimitBytes: 33_554_432,
      http: 'own',
      identityCacheBytes: 4_000_000,
      streamLimit: 10_000,
      metricsFlagLimit: 500,
      state: null,
      fleetRedisUrl: null,
      fleetName: 'halyard',
      fleetUsageLimitBytes: 8_388_608,
      fleetUsageLimitReports: 1_000,
      fleetUsageKeepSeconds: 120,
    });
  });

  it('are read from the environment', () => {
    expect(
      options({
        HALYARD_FLAGSMITH_EVALUATION: 'core',
        HALYARD_FLAGSMITH_REALTIME: 'TRUE',
        HALYARD_FLAGSMITH_REALTIME_URL: 'http://r/',
        HALYARD_FLAGSMITH_PROXY_KEY: 'pk.x',
      }),
    ).toMatchObject({ evaluation: 'core', realtime: true, realtimeUrl: 'http://r', proxyKey: 'pk.x' });
  });

  it('are refused when they make no sense', () => {
    expect(
      options({
        HALYARD_FLAGSMITH_EVALUATION: 'edge',
        HALYARD_FLAGSMITH_REALTIME_URL: 'r',
        HALYARD_FLAGSMITH_BODY_LIMIT_BYTES: '1k',
      }),
    ).toEqual([
      'HALYARD_FLAGSMITH_REALTIME_URL must be an http or https URL',
      'HALYARD_FLAGSMITH_EVALUATION must be one of proxy, core',
      'HALYARD_FLAGSMITH_BODY_LIMIT_BYTES must be a whole number of bytes',
    ]);
  });

  it('are all documented', () => {
    const page = readFileSync('docs/migrating-from-flagsmith-edge-proxy.md', 'utf8');
    for (const { variable, fallback } of halyardFlagsmithOptions) {
      expect(page).toContain(`| \`${variable}\` | ${fallback === '' ? '' : `\`${fallback}\` `}|`);
    }
  });

  it('need no key pairs when there is a proxy key', () => {
    expect(read(null, { HALYARD_FLAGSMITH_PROXY_KEY: 'pk.x' }).ok).toBe(true);
  });
});
