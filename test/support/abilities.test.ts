import { afterEach, expect, test, vi } from 'vitest';
import { ableOrSkip } from './abilities.ts';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
afterEach(() => {
  vi.unstubAllEnvs();
  warn.mockClear();
});

test('what can run says nothing', () => {
  expect(ableOrSkip(true, 'no tools', 'a test', true)).toBe(true);
  expect(warn).not.toHaveBeenCalled();
});

test('what cannot run is named', () => {
  vi.stubEnv('CI', '');
  expect(ableOrSkip(false, 'no tools', 'a test of cables', true)).toBe(false);
  expect(warn.mock.lastCall?.[0]).toContain('*** SKIPPED: no tools: a test of cables did NOT run ***');
});

test('on CI it has to run where the machine could', () => {
  vi.stubEnv('CI', 'true');
  expect(() => ableOrSkip(false, 'no tools', 'a test of cables', true)).toThrow(
    'no tools: a test of cables did NOT run',
  );
  expect(ableOrSkip(false, 'no Linux', 'a test of cables', false)).toBe(false);
  expect(warn.mock.lastCall?.[0]).toContain('no Linux');
});
