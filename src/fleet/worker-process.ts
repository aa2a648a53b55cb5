import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { isBinary } from '../library/shipped-files.ts';
import { type Hand, handOf } from './dealer.ts';
import type { Channel } from './link.ts';
import { workerEnvironment } from './worker-environment.ts';

/** A process that serves, as its primary sees it. */
export interface WorkerProcess {
  /** Takes connections, on Node. */
  readonly hand: Hand;
  readonly pid: number | undefined;
  readonly channel: Channel;
  /** Called once when it is gone, with how it ended: `SIGKILL`, `code 1`. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

/** Starts worker `id` with the command line and the environment of this process. */
export type StartWorker = (id: number) => WorkerProcess;

/**
 * Starts workers with the command line and the environment of this process. On Bun each opens the port by itself and
 * the system deals connections out; on Node the primary does that.
 */
export const startWorker: StartWorker = (id) => {
  const program = isBinary ? [] : [...process.execArgv, mainFile()];
  return wrap(
    spawn(process.execPath, [...program, ...process.argv.slice(2)], {
      env: workerEnvironment(process.env, id, process.versions.bun === undefined),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    }),
  );
};

/** The command beside this file, in the sources as in what is built from them. */
function mainFile(): string {
  return join(__dirname, '..', 'cli', `main${extname(__filename)}`);
}

function wrap(child: ChildProcess): WorkerProcess {
  // What a dying process no longer takes is lost with it; its exit is what counts.
  child.on('error', () => undefined);
  return {
    pid: child.pid,
    hand: handOf(child),
    channel: {
      send: (message) => {
        if (child.connected) child.send(message as object, () => undefined);
      },
      receive: (take) => child.on('message', (message) => take(message)),
    },
    onExit: (listener) => child.once('exit', (code, signal) => listener(signal ?? `code ${code}`)),
    kill: () => child.kill('SIGKILL'),
  };
}

/** This process's line to its primary. */
export function primaryChannel(): Channel {
  return {
    send: (message) => {
      if (process.connected) process.send?.(message);
    },
    receive: (take) => process.on('message', (message) => take(message)),
  };
}
