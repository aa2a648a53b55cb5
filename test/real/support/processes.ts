/** Child processes and directories of the real components: ended and removed cleanly, never left behind. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/wait.ts';

export interface Running {
  readonly output: () => string;
  /** Waits until `probe` says true; fails with the program's output when it ends before, or after `timeoutMs`. */
  up(what: string, probe: () => Promise<boolean>, timeoutMs: number): Promise<void>;
  /** Sends the signal and waits; SIGKILL after `patienceMs`. */
  stop(signal?: NodeJS.Signals, patienceMs?: number): Promise<void>;
}

const children = new Set<ChildProcess>();
const directories = new Set<string>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});

export interface TemporaryDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** A new directory in the system's place for temporary files; removed at the latest when this process ends. */
export async function temporaryDirectory(purpose: string): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), `halyard-${purpose}-`));
  directories.add(path);
  const remove = async () => {
    // Helpers of a browser or a database write there for a moment longer.
    await rm(path, { recursive: true, force: true, maxRetries: 10 });
    directories.delete(path);
  };
  return { path, remove };
}

export function startProcess(file: string, args: readonly string[], options: SpawnOptions): Running {
  const child = spawn(file, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-20_000);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      keep(String(error));
      resolve();
    });
    child.once('close', () => resolve());
  }).then(() => {
    children.delete(child);
  });
  const alive = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    output: () => output,
    up: async (what, probe, timeoutMs) => {
      const early = ended.then(() => {
        throw new Error('it ended');
      });
      try {
        await Promise.race([eventually(what, probe, timeoutMs, 50), early]);
      } catch (error) {
        throw new Error(`waiting for ${what} failed; output:\n${output}`, { cause: error });
      }
    },
    stop: async (signal = 'SIGTERM', patienceMs = 60_000) => {
      if (alive()) child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await ended;
      clearTimeout(hard);
    },
  };
}

/** Runs a command to its end; throws with its output when it fails. */
export async function runProcess(file: string, args: readonly string[], options: SpawnOptions): Promise<void> {
  const child = spawn(file, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${file} ended with ${code}\n${output}`);
}
