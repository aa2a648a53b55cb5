/**
 * The programs that the black-box tests can be pointed at. `HALYARD_TEST_SUBJECTS` (comma list) chooses; `real` runs the
 * same tests against the original package, which is how the tests themselves are proved right; `halyard-binary` runs
 * those that start Halyard as a program against the one of `npm run build:binary`.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentDir, componentNode } from './components.ts';

export type Subject = 'real' | 'halyard-bun' | 'halyard-node' | 'halyard-binary';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

const known: readonly Subject[] = ['real', 'halyard-bun', 'halyard-node', 'halyard-binary'];

/** What `npm run build:binary` makes. */
export const binaryFile = join(repositoryRoot, 'build', 'halyard');

/** The subjects to test, in order. Default: Halyard on both runtimes. */
export function subjects(): Subject[] {
  const wanted = process.env.HALYARD_TEST_SUBJECTS;
  if (!wanted) return ['halyard-bun', 'halyard-node'];
  return wanted.split(',').map((name) => {
    const subject = known.find((candidate) => candidate === name.trim());
    if (!subject) throw new Error(`HALYARD_TEST_SUBJECTS: unknown subject "${name}"`);
    return subject;
  });
}

/**
 * Halyard alone: for behaviour that the original gets wrong or does not have. HALYARD_TEST_FAULTS=original runs those
 * tests against the original too, where they must fail: that shows that they reach the fault.
 */
export function halyards(): Subject[] {
  if (process.env.HALYARD_TEST_FAULTS === 'original') return subjects();
  return noHalyard ? ['halyard-bun', 'halyard-node'] : subjects().filter(isHalyard);
}

export const runsOnBun = (subject: Subject): boolean => subject === 'halyard-bun' || subject === 'halyard-binary';

export const isHalyard = (subject: Subject): boolean => subject !== 'real';

/** True when only the original is under test: suites of `halyards()` are then named, and skipped. */
export const noHalyard = process.env.HALYARD_TEST_FAULTS !== 'original' && !subjects().some(isHalyard);

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const runner = join(repositoryRoot, 'test/support/serve-options.mjs');

/** How to start a subject the way its users do: the original's `dist/start.js`, Halyard's command. */
export function programCommand(subject: Subject, args: readonly string[]): Command {
  if (subject === 'real') {
    return { file: realNode(), args: [join(realPackage(), 'dist/start.js')], env: realEnvironment() };
  }
  if (subject === 'halyard-binary') return { file: binaryFile, args, env: {} };
  return { file: process.execPath, args: [join(repositoryRoot, 'bin/halyard.mjs'), ...args], env: runtimeOf(subject) };
}

/** How to start a subject's library with options given in code. */
export function libraryCommand(subject: Subject): Command {
  if (subject === 'real') {
    return { file: realNode(), args: [runner], env: { ...realEnvironment(), TEST_REAL_PACKAGE: realPackage() } };
  }
  if (subject === 'halyard-binary') throw new Error('the binary is no library');
  const file = subject === 'halyard-bun' ? join(repositoryRoot, 'node_modules/.bin/bun') : process.execPath;
  return { file, args: [runner], env: runtimeOf(subject) };
}

function runtimeOf(subject: Subject): Record<string, string> {
  return { HALYARD_RUNTIME: subject === 'halyard-bun' ? 'bun' : 'node' };
}

function realDir(): string {
  const dir = componentDir('unleash-proxy');
  if (!dir) throw new Error('subject "real" needs the component unleash-proxy');
  return dir;
}

const realPackage = (): string => join(realDir(), 'node_modules/@unleash/proxy');
const realNode = (): string => componentNode('unleash-proxy');

/** Strategy files say `require('unleash-client')`; in the original's image that resolves, so it does here. */
const realEnvironment = (): Record<string, string> => ({ NODE_PATH: join(realDir(), 'node_modules') });
