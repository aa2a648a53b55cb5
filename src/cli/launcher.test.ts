import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noteLauncher, onLauncherGone } from './launcher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  noteLauncher({});
  vi.useRealTimers();
});

it('tells once that the launcher is gone, and hides the variable', () => {
  const environment = { HALYARD_LAUNCHER: '41', PORT: '3000' };
  noteLauncher(environment);
  expect(environment).toEqual({ PORT: '3000' });
  let parent = 41;
  const gone = vi.fn();
  onLauncherGone(gone, () => parent);
  vi.advanceTimersByTime(60_000);
  expect(gone).not.toHaveBeenCalled();
  parent = 1;
  vi.advanceTimersByTime(60_000);
  expect(gone).toHaveBeenCalledTimes(1);
});

it('watches nobody when no launcher started it', () => {
  noteLauncher({ PORT: '3000' });
  const gone = vi.fn();
  onLauncherGone(gone, () => 1);
  vi.advanceTimersByTime(60_000);
  expect(gone).not.toHaveBeenCalled();
});
