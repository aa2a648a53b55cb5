import type { Family } from '../operations/edge-prometheus.ts';

/** CPU time and memory of this process, for instance data. */
export function processUsage(): { readonly cpuSeconds: number; readonly residentBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1_000_000, residentBytes: process.memoryUsage.rss() };
}

/** The figures of this process. */
export function processFamilies(): Family[] {
  return [
    {
      name: 'process_cpu_seconds_total',
      help: 'CPU time of this process.',
      type: 'counter',
      read: () => [[{}, processUsage().cpuSeconds]],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of this process.',
      type: 'gauge',
      read: () => [[{}, processUsage().residentBytes]],
    },
  ];
}
