import { expect, test } from 'vitest';
import { readHalyardOptions } from '../flagsmith/config/halyard-options.ts';
import { resolveArguments, splitArguments } from './command-line.ts';
import { httpCliOptions } from './http-options.ts';
import { createProxyConfig } from './proxy-config.ts';
import { SettingError } from './setting-error.ts';

type Environment = Readonly<Record<string, string>>;

const required = { unleashUrl: 'http://x/api', unleashApiToken: 'x', clientKeys: ['k'] };
const proxy = (environment: Environment) => createProxyConfig(required, environment).http;
const edge = (environment: Environment) => resolveArguments(httpCliOptions, splitArguments([], []), environment).http;
const flagsmith = (environment: Environment) =>
  readHalyardOptions(environment, (variable, problem) => {
    throw new Error(`${variable} ${problem}`);
  }).http;

test.each([proxy, edge, flagsmith])('HTTP is our own unless the runtime is asked for: %o', (read) => {
  expect(read({})).toBe('own');
  expect(read({ HALYARD_HTTP: '' })).toBe('own');
  expect(read({ HALYARD_HTTP: 'own' })).toBe('own');
  expect(read({ HALYARD_HTTP: 'runtime' })).toBe('runtime');
});

test('another value is refused with what may be given', () => {
  const environment = { HALYARD_HTTP: 'node' };
  expect(() => proxy(environment)).toThrow(
    new SettingError('HALYARD_HTTP is "node": give own, which is the default, or runtime'),
  );
  expect(() => edge(environment)).toThrow(/HALYARD_HTTP.*\[possible values: own, runtime\]/s);
  expect(() => flagsmith(environment)).toThrow('HALYARD_HTTP must be one of own, runtime');
});
