import { describe, expect, test } from 'vitest';
import { edgeVectors } from '../../test/support/edge-vectors.ts';
import { ArgumentError, type CliOptions, resolveArguments, splitArguments } from './command-line.ts';
import { checkOptions, edgeOptions, edgeRootOptions, offlineOptions } from './edge-options.ts';

interface CliVectors {
  readonly custom_headers: readonly { readonly in: string; readonly out?: unknown; readonly error?: string }[];
  readonly lists: readonly {
    readonly flag: string;
    readonly in: string;
    readonly ok: boolean;
    readonly error_contains?: string;
  }[];
  readonly conflicts: readonly (readonly [string, string])[];
  readonly requires: readonly (readonly [string, string])[];
}

const vectors = edgeVectors<CliVectors>('cli');
const all: CliOptions = { ...edgeRootOptions, ...edgeOptions };
const upstream = ['--upstream-url', 'http://up'];

function resolve(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const raw = splitArguments([...upstream, ...args], Object.values(all));
  return resolveArguments({ ...edgeRootOptions, ...edgeOptions }, raw, environment);
}

function argumentsFor(flag: string): string[] {
  const option = Object.values(all).find((candidate) => candidate.flag === flag);
  if (option === undefined) throw new Error(`${flag} does not exist`);
  return option.arity === 'switch' ? [flag] : [flag, 'x'];
}

describe('cli', () => {
  test.each(vectors.custom_headers)('custom_headers $in', (row) => {
    if (row.error !== undefined) expect(() => resolve(['-H', row.in])).toThrow(row.error);
    else expect(resolve(['-H', row.in]).customClientHeaders).toEqual(row.out);
  });

  test.each([
    [['-H', 'x team:very-secret'], /--custom-client-headers[\s\S]*a header's name is made of/],
    [['-H', 'x-team:very-secret\u0000'], /--custom-client-headers[\s\S]*a header's value has no line breaks/],
    [['--upstream-auth-header', 'x:y'], /--upstream-auth-header[\s\S]*a header's name is made of/],
    [['--token-header', ''], /--token-header[\s\S]*a header's name is made of/],
    [['--app-name', 'a\nb'], /--app-name[\s\S]*a header's value has no line breaks/],
  ])('headers that no request can carry: %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
    expect(() => resolve(args)).not.toThrow(/very-secret/);
  });

  test.each([
    [{ HALYARD_OFREP_BODY_LIMIT: '1MB' }, /HALYARD_OFREP_BODY_LIMIT is "1MB", but takes digits only$/m],
    [{ HALYARD_OFREP_METADATA: 'everything' }, /HALYARD_OFREP_METADATA has to be one of none, basic, full$/m],
  ])('what other modes replace with a warning is refused: %j', (environment, message) => {
    expect(() => resolve([], environment)).toThrow(message);
  });

  test('headers may hold any other character', () => {
    expect(resolve(['-H', 'x-team:blå ☃']).customClientHeaders).toEqual([['x-team', 'blå ☃']]);
    expect(resolve(['--app-name', 'blå ☃']).appName).toBe('blå ☃');
  });

  test.each(vectors.lists)('lists %j', (row) => {
    const read = () => resolve([row.flag, row.in]);
    if (row.ok) expect(read).not.toThrow();
    else expect(read).toThrow(row.error_contains ?? 'needs to be a valid ip address');
  });

  test.each(vectors.conflicts)('%s conflicts with %s', (one, other) => {
    const strict = one === '--delta' ? ['--strict'] : [];
    expect(() => resolve([...strict, ...argumentsFor(one), ...argumentsFor(other)])).toThrow(/cannot be used with/);
    expect(() => resolve([...strict, ...argumentsFor(other), ...argumentsFor(one)])).toThrow(ArgumentError);
  });

  test.each(vectors.requires)('%s requires %s', (one, other) => {
    expect(() => resolve(argumentsFor(one))).toThrow(`required arguments were not provided:\n  ${other}`);
    expect(() => resolve([...argumentsFor(one), ...argumentsFor(other)])).not.toThrow();
  });
});

describe('splitting and resolving', () => {
  test('all spellings of a value; the command line wins over variables', () => {
    expect(resolve(['-f', '7']).featuresRefreshIntervalSeconds).toBe(7);
    expect(resolve(['-f7']).featuresRefreshIntervalSeconds).toBe(7);
    expect(resolve(['--features-refresh-interval-seconds=7']).featuresRefreshIntervalSeconds).toBe(7);
    const environment = { FEATURES_REFRESH_INTERVAL_SECONDS: '9', TOKENS: 'a:b.c, d:e.f', TRUST_PROXY: 'true' };
    expect(resolve(['-f', '7'], environment).featuresRefreshIntervalSeconds).toBe(7);
    expect(resolve([], environment)).toMatchObject({
      featuresRefreshIntervalSeconds: 9,
      tokens: ['a:b.c', 'd:e.f'],
      trustProxy: true,
    });
    expect(resolve(['-t', 'a:b.c', '-t', 'd:e.f,g:h.i']).tokens).toHaveLength(3);
  });

  test('booleans of the environment are true or false and nothing else', () => {
    expect(() => resolve([], { TRUST_PROXY: '1' })).toThrow('[possible values: true, false]');
    expect(resolve([], { TRUST_PROXY: 'false' }).trustProxy).toBe(false);
    expect(resolve([], { EDGE_FORCE_STRONG_ETAGS: '1' }).forceStrongEtags).toBe(true);
  });

  test.each(['--port', '--tls-server-port'])('%s is a port', (name) => {
    expect(() => resolve([name, '65536'])).toThrow(`invalid value '65536' for '${name}`);
    expect(() => resolve([name, '65536'])).toThrow('65536 is not in 0..=65535');
    expect(() => resolve([name, '65535'])).not.toThrow();
  });

  test.each([
    ['ftp://user:hush@a', 'must start with http:// or https://, not with ftp:'],
    ['localhost:4242', 'must start with http:// or https://, not with localhost:'],
    ['unleash', 'relative URL without a base'],
  ])('%s is no URL for upstream', (url, told) => {
    const reason = new RegExp(`'--upstream-url <.+>': ${told}`);
    expect(() => resolveArguments(edgeOptions, { texts: new Map() }, { UPSTREAM_URL: url })).toThrow(reason);
  });

  test('secrets are not repeated in errors', () => {
    expect(() => resolve(['-H', 'hush'])).toThrow('[hidden]');
    expect(() => splitArguments(['--nobody=hush'], [])).toThrow("unexpected argument '--nobody' found");
  });

  test('what is missing or given twice', () => {
    expect(() => splitArguments(['-u'], Object.values(all))).toThrow('a value is required');
    expect(() => splitArguments(['-u', 'a', '-u', 'b'], Object.values(all))).toThrow('cannot be used multiple times');
    expect(() => splitArguments(['--strict=yes'], Object.values(all))).toThrow('unexpected value');
    expect(() => resolveArguments(edgeOptions, { texts: new Map() }, {})).toThrow('--upstream-url <UPSTREAM_URL>');
  });

  test('no letter, flag or variable has two meanings in one command', () => {
    for (const own of [edgeOptions, offlineOptions, checkOptions] as readonly CliOptions[]) {
      const options = [...Object.values(own)];
      for (const name of ['flag', 'short', 'variable'] as const) {
        const names = options.map((option) => option[name]).filter((text) => text !== undefined);
        expect(new Set(names).size).toBe(names.length);
      }
      const root = new Set(Object.values(edgeRootOptions).map(({ flag }) => flag as string));
      expect(options.filter(({ flag }) => root.has(flag))).toEqual([]);
    }
  });

  test('defaults are those of Edge 19.15.1', () => {
    expect(resolve([])).toMatchObject({
      port: 3063,
      interface: '0.0.0.0',
      basePath: '',
      tlsServerPort: 3043,
      appName: 'unleash-edge',
      edgeRequestTimeout: 5,
      edgeKeepaliveTimeout: 5,
      logFormat: 'plain',
      corsMaxAge: 172_800,
      metricsIntervalSeconds: 60,
      featuresRefreshIntervalSeconds: 15,
      tokenRevalidationIntervalSeconds: 3_600,
      upstreamRequestTimeout: 5,
      upstreamSocketTimeout: 5,
      clientKeepaliveTimeout: 15,
      redisScheme: 'redis',
      redisMode: 'single',
      redisReadTimeoutMs: 2_000,
      redisWriteTimeoutMs: 2_000,
      prometheusPushInterval: 60,
      strict: false,
      delta: false,
    });
  });
});
