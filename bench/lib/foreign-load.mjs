// How much of the machine other programs used meanwhile: figures taken beside a compiler run are not worth keeping.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { cpuSecondsOfTree } from './listener.mjs';

/** Starts to watch; the function returned gives the share (0..1) of all cores used by processes that are not ours. */
export function watchForeignLoad() {
  const from = { at: performance.now(), all: busySeconds(), own: cpuSecondsOfTree(process.pid) };
  return () => {
    const foreign = busySeconds() - from.all - (cpuSecondsOfTree(process.pid) - from.own);
    const elapsed = (performance.now() - from.at) / 1000;
    return Math.max(0, foreign / elapsed / cpus().length);
  };
}

// Everything but idle time and waiting. Interrupts are in it, because the kernel charges those of the loopback device to
// whoever was running.
function busySeconds() {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 8).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}
