import type { Environment } from '../config/option.ts';

/** Process id of the process that started this one and whose end ends it; set by the launchers only. */
const launcherVariable = 'HALYARD_LAUNCHER';

const lookEveryMs = 1_000;

let launcher: number | undefined;

/** Takes note of the launcher and removes the variable, so that processes started from here do not see it. */
export function noteLauncher(environment: Environment & { HALYARD_LAUNCHER?: string | undefined }): void {
  launcher = Number(environment[launcherVariable]) || undefined;
  delete environment[launcherVariable];
}

/**
 * Calls once when the launcher is gone: one that was killed passes no signal on, and a server that nobody watches would
 * keep its port. Never calls without a launcher. Holds no process open.
 *
 * @param parent process id of the parent as it is now
 */
export function onLauncherGone(listener: () => void, parent = () => process.ppid): void {
  const expected = launcher;
  if (expected === undefined) return;
  const timer = setInterval(() => {
    if (parent() === expected) return;
    clearInterval(timer);
    listener();
  }, lookEveryMs);
  timer.unref();
}
