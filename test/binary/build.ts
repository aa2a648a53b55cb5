import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '../support/subjects.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest time for making the binary, in milliseconds: minutes, where a machine is busy otherwise. */
export const buildMs = 400_000;

/** Runs a program to its end with nothing in its environment but what is given and `PATH`. */
export function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = repositoryRoot,
  timeout = 100_000,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH ?? '', ...env }, timeout };
    execFile(file, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** Makes the single binary, as `npm run build:binary` does. It takes its place by renaming: several may do so at once. */
export async function buildBinary(): Promise<void> {
  const script = join(repositoryRoot, 'scripts', 'build-binary.mjs');
  const built = await run(process.execPath, [script], {}, repositoryRoot, buildMs);
  if (built.code !== 0) throw new Error(`the binary could not be built\n${built.stderr}`);
}
