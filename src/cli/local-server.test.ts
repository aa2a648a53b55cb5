import { describe, expect, it } from 'vitest';
import { firstProcessArguments, localServer } from './local-server.ts';

const proxy = { UNLEASH_URL: 'http://u/api', UNLEASH_API_TOKEN: 't', UNLEASH_PROXY_CLIENT_KEYS: 'k' };
const flagsmith = { ENVIRONMENT_KEY_PAIRS: '[]' };
const health = (args: readonly string[] | undefined, environment: Record<string, string> = {}) =>
  localServer(args, environment).healthUrl;

describe('the server beside a check', () => {
  it('is Edge on its usual port where nothing is known, as in the original', () => {
    expect(localServer(undefined, {})).toEqual({
      healthUrl: 'http://localhost:3063/internal-backstage/health',
      readyUrl: 'http://localhost:3063/internal-backstage/ready',
      tellsReadiness: true,
    });
  });

  it('is the Edge that a command line or variables have started', () => {
    const args = ['-p', '4000', 'edge', '--upstream-url', 'http://u'];
    expect(health(args)).toBe('http://127.0.0.1:4000/internal-backstage/health');
    expect(health(['edge'], { UPSTREAM_URL: 'http://u', PORT: '4001', BASE_PATH: '/flags', INTERFACE: '::' })).toBe(
      'http://localhost:4001/flags/internal-backstage/health',
    );
    expect(health(undefined, { UPSTREAM_URL: 'http://u', INTERFACE: 'fd00::1' })).toBe(
      'http://[fd00::1]:3063/internal-backstage/health',
    );
    expect(health(['offline', '-b', 'flags.json'])).toBe('http://127.0.0.1:3063/internal-backstage/health');
  });

  it('is Unleash Proxy or the demo, whose health is readiness too', () => {
    expect(localServer(undefined, { ...proxy, PROXY_BASE_PATH: 'base', PROXY_PORT: '4002' })).toEqual({
      healthUrl: 'http://localhost:4002/base/proxy/health',
      readyUrl: 'http://localhost:4002/base/proxy/health',
      tellsReadiness: false,
    });
    expect(health([])).toBe('http://localhost:3000/proxy/health');
    expect(health(['proxy'], { HALYARD_HOST: '10.0.0.1' })).toBe('http://10.0.0.1:3000/proxy/health');
  });

  it('is Flagsmith, alone or with others', () => {
    expect(localServer(undefined, flagsmith)).toEqual({
      healthUrl: 'http://127.0.0.1:8000/proxy/health/liveness',
      readyUrl: 'http://127.0.0.1:8000/proxy/health/readiness',
      tellsReadiness: false,
    });
    expect(health(['edge-proxy-serve'], flagsmith)).toBe('http://127.0.0.1:8000/proxy/health/liveness');
    expect(health(undefined, { ...flagsmith, ...proxy })).toBe('http://localhost:3000/proxy/health');
    expect(health(['edge'], { ...flagsmith, ...proxy, UPSTREAM_URL: 'http://u', PORT: '4003' })).toBe(
      'http://127.0.0.1:4003/internal-backstage/health',
    );
  });

  it('cannot be checked on a socket', () => {
    expect(() => health(undefined, { ...proxy, PORT: '/run/halyard.sock' })).toThrow('/run/halyard.sock');
  });
});

describe('the arguments of the first process', () => {
  it.each([
    ['/usr/local/bin/halyard\0edge\0-u\0http://u\0', ['edge', '-u', 'http://u']],
    ['/unleash-edge\0edge\0--strict\0', ['edge', '--strict']],
    ['/sbin/tini\0--\0halyard\0', []],
    ['bun\0--no-install\0/app/node_modules/halyard/dist/cli/main.js\0offline\0', ['offline']],
    ['/sbin/init\0', undefined],
    ['', undefined],
  ])('%j', (text, args) => {
    expect(firstProcessArguments(() => text)).toEqual(args);
  });
});
