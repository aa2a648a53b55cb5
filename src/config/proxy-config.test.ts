import { describe, expect, test } from 'vitest';
import type { IProxyOption } from '../unleash/proxy/config-types.ts';
import { recordingLogger } from '../unleash/upstream/testing.ts';
import type { Environment } from './option.ts';
import { createProxyConfig, sanitizeBasePath } from './proxy-config.ts';

const required: Environment = {
  UNLEASH_URL: 'http://u/api',
  UNLEASH_API_TOKEN: 'token',
  UNLEASH_PROXY_CLIENT_KEYS: 'k1',
};

function resolve(environment: Environment = {}, options: IProxyOption = {}) {
  const logger = recordingLogger();
  return { config: createProxyConfig({ logger, ...options }, { ...required, ...environment }), lines: logger.lines };
}

describe('required settings', () => {
  test.each([
    [{}, 'You must specify the unleashUrl option (UNLEASH_URL)'],
    [{ UNLEASH_URL: 'u' }, 'You must specify the unleashApiToken option (UNLEASH_API_TOKEN)'],
    [
      { UNLEASH_URL: 'u', UNLEASH_API_TOKEN: 't' },
      'You must specify the clientKeys option (UNLEASH_PROXY_CLIENT_KEYS)',
    ],
    [
      { UNLEASH_URL: 'u', UNLEASH_API_TOKEN: 't', UNLEASH_PROXY_CLIENT_KEYS: '' },
      'You must specify the clientKeys option',
    ],
  ])('%j', (environment, message) => {
    expect(() => createProxyConfig({}, environment as Environment)).toThrow(TypeError);
    expect(() => createProxyConfig({}, environment as Environment)).toThrow(message);
  });
});

describe('keys', () => {
  test.each<[string, Environment, IProxyOption, string[]]>([
    ['split at commas with white space behind', { UNLEASH_PROXY_CLIENT_KEYS: 'a , b,,c' }, {}, ['a ', 'b', '', 'c']],
    ['older variable', { UNLEASH_PROXY_CLIENT_KEYS: '', UNLEASH_PROXY_SECRETS: 's1, s2' }, {}, ['s1', 's2']],
    ['newer variable wins', { UNLEASH_PROXY_SECRETS: 's1' }, {}, ['k1']],
    ['option wins', {}, { clientKeys: ['o'] }, ['o']],
    ['older option loses to the newer variable', {}, { proxySecrets: ['o'] }, ['k1']],
    ['none at all', {}, { clientKeys: [] }, []],
    ['text in code is one key', {}, { clientKeys: 'secret' as unknown as string[] }, ['secret']],
  ])('%s', (_name, environment, options, expected) => {
    expect(resolve(environment, options).config.clientKeys).toEqual(expected);
  });
});

describe('numbers', () => {
  test.each([
    [' 7 ', 7],
    ['+7', 7],
    ['', 5_000],
  ])('%j is %d', (text, expected) => {
    const { config, lines } = resolve({ UNLEASH_FETCH_INTERVAL: text });
    expect(config.refreshInterval).toBe(expected);
    expect(lines).toEqual([]);
  });

  test.each([
    ['5s', 5],
    ['12.9', 12],
    ['1e3', 1],
    ['99999999999 ms', 2 ** 31 - 1],
  ])('%j is %d, as in the original, and told', (text, expected) => {
    const { config, lines } = resolve({ UNLEASH_FETCH_INTERVAL: text });
    expect(config.refreshInterval).toBe(expected);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`UNLEASH_FETCH_INTERVAL is "${text}", but takes digits only. Using ${expected}`);
  });

  test.each(['abc', '-1'])('%j is replaced by the default, with a warning', (text) => {
    const { config, lines } = resolve({
      UNLEASH_FETCH_INTERVAL: text,
      UNLEASH_METRICS_INTERVAL: text,
      CORS_MAX_AGE: text,
    });
    expect(config.refreshInterval).toBe(5_000);
    expect(config.metricsInterval).toBe(30_000);
    expect(config.cors).toMatchObject({ maxAge: 172_800 });
    expect(lines.join('\n')).toContain('UNLEASH_FETCH_INTERVAL is no usable number');
    expect(lines).toHaveLength(3);
  });

  test('from code too', () => {
    expect(resolve({}, { refreshInterval: Number.NaN }).config.refreshInterval).toBe(5_000);
    expect(resolve({ UNLEASH_FETCH_INTERVAL: '9' }, { refreshInterval: 0 }).config.refreshInterval).toBe(0);
  });

  test('a fetch interval of 0 warns', () => {
    expect(resolve({ UNLEASH_FETCH_INTERVAL: '0' }).lines[0]).toContain('fetched once');
  });
});

describe('switches', () => {
  test.each([
    ['true', true],
    ['1', true],
    ['t', true],
    ['TRUE', false],
    ['yes', false],
  ])('ENABLE_OAS=%s is %s', (text, expected) => {
    expect(resolve({ ENABLE_OAS: text }).config.enableOAS).toBe(expected);
  });

  test('false in code wins over a variable', () => {
    expect(resolve({ ENABLE_OAS: 'true' }, { enableOAS: false }).config.enableOAS).toBe(false);
  });

  test.each([
    ['false', false],
    ['FALSE', false],
    ['no', false],
    ['TRUE', true],
    ['yes', true],
    ['anything', true],
  ])('HTTP_OPTIONS_REJECT_UNAUTHORIZED=%s is %s', (text, expected) => {
    expect(resolve({ HTTP_OPTIONS_REJECT_UNAUTHORIZED: text }).config.httpOptions?.rejectUnauthorized).toBe(expected);
  });
});

test.each<[string | boolean | number, boolean | number | string]>([
  ['TRUE', true],
  ['false', false],
  ['1', 1],
  ['loopback', 'loopback'],
])('TRUST_PROXY=%s is %s, in code as well', (given, expected) => {
  expect(resolve({ TRUST_PROXY: String(given) }).config.trustProxy).toBe(expected);
  expect(resolve({}, { trustProxy: given }).config.trustProxy).toBe(expected);
});

test('CORS variables, and an option object that replaces them all', () => {
  expect(resolve({ CORS_ORIGIN: 'https://a, https://b' }).config.cors).toMatchObject({
    origin: ['https://a', 'https://b'],
  });
  expect(resolve({ CORS_ORIGIN: 'https://a' }).config.cors).toMatchObject({
    origin: 'https://a',
    exposedHeaders: 'ETag',
  });
  expect(resolve({ CORS_ORIGIN: 'https://a' }, { cors: {} }).config.cors).toEqual({});
  expect(resolve({ CORS_OPTIONS_SUCCESS_STATUS: 'x' }).config.cors).toMatchObject({ optionsSuccessStatus: 204 });
  expect(resolve({ CORS_CREDENTIALS: 'true' }).lines[0]).toContain('CORS_ORIGIN');
});

test('tags split at the first colon', () => {
  const { config, lines } = resolve({ UNLEASH_TAGS: 'simple:proxy, demo:a:b,odd' });
  expect(config.tags).toEqual([
    { name: 'simple', value: 'proxy' },
    { name: 'demo', value: 'a:b' },
    { name: 'odd', value: 'undefined' },
  ]);
  expect(lines[0]).toContain('"odd"');
});

test('ports', () => {
  expect(resolve().config.port).toBe(3000);
  expect(resolve({ PROXY_PORT: '4000' }).config.port).toBe(4000);
  expect(resolve({ PORT: '5000', PROXY_PORT: '4000' }, { proxyPort: 6000 }).config.port).toBe(5000);
  expect(resolve({}, { proxyPort: 6000 }).config.port).toBe(6000);
  expect(resolve({ PORT: '/run/halyard.sock' }).config.port).toBe('/run/halyard.sock');
});

test.each([
  ['base/path/', '/base/path'],
  [' /base ', '/base'],
  ['  ', ''],
  [undefined, ''],
  ['/', ''],
])('base path %j is %j', (given, expected) => {
  expect(sanitizeBasePath(given)).toBe(expected);
});

test('log levels in any case; unknown ones warn and never become debug', () => {
  const written: unknown[] = [];
  const log = console.log;
  console.log = (line: unknown) => written.push(line);
  try {
    createProxyConfig({}, { ...required, LOG_LEVEL: 'chatty' }).logger.debug('quiet');
    createProxyConfig({}, { ...required, LOG_LEVEL: 'INFO' }).logger.info('shown');
  } finally {
    console.log = log;
  }
  expect(written).toEqual([expect.stringContaining('"chatty"'), 'INFO: shown']);
});
