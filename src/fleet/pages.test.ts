import { expect, it } from 'vitest';
import { isGroupPage } from './pages.ts';

it.each([
  '/internal-backstage/metrics',
  '/base/internal-backstage/instancedata',
  '/proxy/metrics',
  '/base/proxy/metrics',
  '/halyard',
  '/halyard/status',
  '/base/halyard/explain',
])('%s is about the whole group', (path) => {
  expect(isGroupPage(path)).toBe(true);
});

it.each([
  '/proxy',
  '/proxy/all',
  '/proxy/client/metrics',
  '/proxy/metrics/x',
  '/api/client/features/halyard',
  '/api/frontend/features/halyard',
  '/base/proxy/all/halyard',
  '/api/v1/flags/',
  '/halyards',
  '/ofrep/v1/evaluate/flags/halyard',
  '/internal-backstage',
])('%s is answered where it arrives', (path) => {
  expect(isGroupPage(path)).toBe(false);
});
