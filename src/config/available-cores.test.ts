import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { availableCores } from './available-cores.ts';

function coresWith(cores: number, files: Readonly<Record<string, string>>): number {
  return availableCores(cores, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: ${path}`);
    return text;
  });
}

test('a container gets as many as its limit says, at least one', () => {
  const inContainer = (limit: string) =>
    coresWith(64, { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': limit });
  expect(inContainer('200000 100000\n')).toBe(2);
  expect(inContainer('350000 100000\n')).toBe(3);
  expect(inContainer('50000 100000\n')).toBe(1);
  expect(inContainer('max 100000\n')).toBe(64);
  expect(inContainer('9000000 100000\n')).toBe(64);
  expect(inContainer('')).toBe(64);
});

test('the narrowest of all groups around it counts', () => {
  const files = {
    '/proc/self/cgroup': '0::/system.slice/halyard.service\n',
    '/sys/fs/cgroup/system.slice/halyard.service/cpu.max': '600000 100000\n',
    '/sys/fs/cgroup/system.slice/cpu.max': '400000 100000\n',
  };
  expect(coresWith(8, files)).toBe(4);
});

test('the first version of control groups is known, too', () => {
  const files = {
    '/proc/self/cgroup': '5:devices:/docker/1a:b\n2:cpu,cpuacct:/docker/1a:b\n0::/\n',
    '/sys/fs/cgroup/cpu/docker/1a:b/cpu.cfs_quota_us': '250000\n',
    '/sys/fs/cgroup/cpu/docker/1a:b/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  };
  expect(coresWith(8, files)).toBe(2);
});

test('without control groups, the cores of the machine count', () => {
  expect(coresWith(8, {})).toBe(8);
  expect(availableCores()).toBeGreaterThan(0);
  expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
});
