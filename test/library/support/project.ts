/** A user's project: files of its own beside the installed package, run on either runtime. */
import { type ExecFileException, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { componentNode, hasComponent } from '../../support/components.ts';
import { repositoryRoot } from '../../support/subjects.ts';
import { installedPackage } from './package.ts';

/** `node22` is the newer Node that real components bring, where they are installed. */
export type Runtime = 'node' | 'bun' | 'node22';
export const runtimes: readonly Runtime[] = ['node', 'bun'];
export const allRuntimes: readonly Runtime[] = hasComponent('unleash-proxy') ? [...runtimes, 'node22'] : runtimes;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Project {
  readonly directory: string;
  write(path: string, text: string): string;
  run(runtime: Runtime, args: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  remove(): void;
}

/** Makes a project with these files. `installed` without: an empty folder with no packages anywhere above it. */
export function createProject(files: Readonly<Record<string, string>> = {}, installed = true): Project {
  const directory = mkdtempSync(join(tmpdir(), 'halyard-project-'));
  const write = (path: string, text: string): string => {
    const full = join(directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  if (installed) symlinkSync(join(installedPackage(), 'node_modules'), join(directory, 'node_modules'));
  return {
    directory,
    write,
    run: (runtime, args, env = {}) =>
      new Promise((resolve) => {
        const options = {
          cwd: directory,
          env: { PATH: process.env.PATH ?? '', HOME: directory, TMPDIR: directory, ...env },
          timeout: 120_000,
        };
        execFile(runtimePath(runtime), [...args], options, (error: ExecFileException | null, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, stdout, stderr });
        });
      }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function runtimePath(runtime: Runtime): string {
  if (runtime === 'node22') return componentNode('unleash-proxy');
  return runtime === 'node' ? process.execPath : join(repositoryRoot, 'node_modules', 'bun', 'bin', 'bun.exe');
}
