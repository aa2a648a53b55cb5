import { readdirSync, readFileSync } from 'node:fs';
import type { Family, ValueFamily } from '../operations/edge-prometheus.ts';
import { fleetFamilies } from '../operations/metrics/fleet-families.ts';
import { otlpFamilies } from '../operations/otlp/figures.ts';

/** CPU time and memory of this process, for instance data. */
export function processUsage(): { readonly cpuSeconds: number; readonly residentBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1_000_000, residentBytes: process.memoryUsage.rss() };
}

/**
 * The figures of this process, under the names that Prometheus libraries agree on, and those about exporting them. Where
 * the system does not tell one, it is left out.
 */
export function processFamilies(): Family[] {
  return [
    one('counter', 'process_cpu_seconds_total', 'CPU time of this process.', () => processUsage().cpuSeconds),
    one(
      'gauge',
      'process_resident_memory_bytes',
      'Resident memory of this process.',
      () => processUsage().residentBytes,
    ),
    one(
      'gauge',
      'process_virtual_memory_bytes',
      'Virtual memory of this process.',
      () => statusNumber('VmSize') * 1024,
    ),
    one('gauge', 'process_threads', 'Threads of this process.', () => statusNumber('Threads')),
    one('gauge', 'process_open_fds', 'Open file descriptors.', () => readdirSync('/proc/self/fd').length),
    one('gauge', 'process_max_fds', 'Most open file descriptors.', maximumDescriptors),
    one('gauge', 'process_start_time_seconds', 'Start of this process, in seconds since the epoch.', () =>
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
    ...fleetFamilies(),
    ...otlpFamilies(),
  ];
}

function one(type: ValueFamily['type'], name: string, help: string, read: () => number): ValueFamily {
  const known = (): number | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  return {
    type,
    name,
    help,
    read: () => {
      const value = known();
      return value === undefined || !Number.isFinite(value) ? [] : [[{}, value]];
    },
  };
}

/** A number of the system's page about this process. NaN where it is not there. */
function statusNumber(field: string): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}

function maximumDescriptors(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
}
