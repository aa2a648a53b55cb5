import { describe, expect, it } from 'vitest';
import { createProxyConfig } from '../config/proxy-config.ts';
import { readConfig } from '../flagsmith/config/read-config.ts';
import type { PreparedEdge } from '../library/edge/prepared-edge.ts';
import { asksForEdge, asksForProxyBesideEdge, chooseMode } from './mode.ts';
import { sharedAddress } from './shared-address.ts';

const proxyVariables = { UNLEASH_URL: 'http://unleash', UNLEASH_API_TOKEN: 't', UNLEASH_PROXY_CLIENT_KEYS: 'k' };
const edge = (port: number, address = '0.0.0.0') =>
  ({ settings: { port, interface: address } }) as unknown as PreparedEdge;

function flagsmith(server: object) {
  const result = readConfig(null, { ENVIRONMENT_KEY_PAIRS: '[]', SERVER: JSON.stringify(server) });
  if (!result.ok) throw new Error(result.problems.join());
  return result.config;
}

describe('the port of several systems', () => {
  const proxy = (environment: Record<string, string>) => createProxyConfig({}, { ...proxyVariables, ...environment });

  it.each([
    ['Edge’s default', {}, edge(3063), undefined, {}, { port: 3063, host: '0.0.0.0' }],
    [
      'one that was chosen for Edge',
      { PORT: '3063' },
      edge(3063),
      undefined,
      { port: 9000 },
      { port: 3063, host: '0.0.0.0' },
    ],
    [
      'Flagsmith’s when only that was chosen',
      {},
      edge(3063),
      undefined,
      { port: 9000, host: '::1' },
      { port: 9000, host: '::1' },
    ],
    [
      'Unleash Proxy’s before Flagsmith’s',
      { PROXY_PORT: '3001' },
      edge(3063),
      'proxy',
      { port: 9000 },
      { port: 3001, host: '0.0.0.0' },
    ],
    ['Unleash Proxy’s default without Edge', {}, undefined, 'proxy', {}, { port: 3000, host: undefined }],
    ['Flagsmith’s without Edge', {}, undefined, 'proxy', { port: 9000 }, { port: 9000, host: undefined }],
    ['Edge’s own address', {}, edge(1, '127.0.0.1'), undefined, { host: '::1' }, { port: 1, host: '127.0.0.1' }],
  ] as const)('is %s', (_, environment, own, withProxy, server, expected) => {
    const systems = {
      edge: own,
      proxy: withProxy === undefined ? undefined : proxy(environment),
      flagsmith: flagsmith(server),
    };
    const { port, host } = sharedAddress(systems, environment);
    expect({ port: Number(port), host }).toEqual(expected);
  });
});

describe('what the environment asks for', () => {
  const upstream = { UPSTREAM_URL: 'http://unleash' };

  it('is Edge beside Unleash Proxy only when that has keys', () => {
    expect(asksForEdge([], { ...upstream, ...proxyVariables })).toBe(true);
    expect(asksForProxyBesideEdge({ ...upstream, ...proxyVariables })).toBe(true);
    expect(asksForProxyBesideEdge({ ...upstream, UNLEASH_URL: 'http://unleash' })).toBe(false);
    // keys alone: Edge answers the paths of Unleash Proxy itself
    const keys = { UNLEASH_PROXY_CLIENT_KEYS: 'k' };
    expect(asksForEdge([], { ...upstream, ...keys })).toBe(true);
    expect(asksForProxyBesideEdge({ ...upstream, ...keys })).toBe(false);
    // as ever: without keys this is an Unleash Proxy that says what is missing
    expect(asksForEdge([], { ...upstream, UNLEASH_URL: 'http://unleash' })).toBe(false);
    expect(asksForEdge(['proxy'], { ...upstream, ...proxyVariables })).toBe(false);
  });

  it('is both Unleash Proxy and Flagsmith when both have variables', () => {
    expect(chooseMode({ ...proxyVariables, ENVIRONMENT_KEY_PAIRS: '[]' })).toBe('both');
    expect(chooseMode({ ENVIRONMENT_KEY_PAIRS: '[]' })).toBe('flagsmith');
  });
});
