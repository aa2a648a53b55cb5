import { expect, test } from 'vitest';
import { createPathMatcher } from './paths.ts';

const match = createPathMatcher('/proxy');

test.each([
  ['/proxy', 'enabled'],
  ['/proxy/', 'enabled'],
  ['/PROXY', 'enabled'],
  ['/proxy//', 'enabled'],
  ['/proxy/all', 'all'],
  ['/Proxy/All/', 'all'],
  ['/proxy/client/metrics', 'metrics'],
  ['/proxy//client/metrics', 'metrics'],
  ['/proxy/all/client/metrics', 'metrics'],
  ['/proxy/client/register', 'register'],
  ['/proxy/client/features', 'definitions'],
  ['/proxy/health', 'health'],
  ['/proxy/internal-backstage/prometheus', 'prometheus'],
  ['/proxy/nope', 'unknown'],
  ['/proxy///health', 'unknown'],
  ['/proxy/%68ealth', 'unknown'],
  ['/proxy/health//', 'unknown'],
  ['//proxy/health', undefined],
  ['/proxyfoo', undefined],
  ['/', undefined],
])('%s → %s', (path, expected) => {
  expect(match(path)).toBe(expected);
});

test('below a base path', () => {
  const below = createPathMatcher('/base/Path/proxy');
  expect(below('/base/path/proxy/health')).toBe('health');
  expect(below('/proxy/health')).toBeUndefined();
});
