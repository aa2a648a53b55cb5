/**
 * The package as a user installs it: built, packed by npm, unpacked into a project's `node_modules`. The packages it
 * depends on are linked from the repository's own.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repositoryRoot } from '../../support/subjects.ts';

const script = (name: string) => new URL(`../../../scripts/lib/${name}`, import.meta.url).href;
const { copySwaggerUi }: { copySwaggerUi: (dist: string) => void } = await import(
  /* @vite-ignore */ script('swagger-ui.mjs')
);
const { nameCompiledFiles }: { nameCompiledFiles: (dist: string) => void } = await import(
  /* @vite-ignore */ script('declarations.mjs')
);

const cache = join(repositoryRoot, '.cache', 'library-package');
const copied = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'bin', 'demo', 'docs', 'shims'];

let current: string | undefined;

/** Folder of a project that has the package, made anew when a source has changed since the last run. */
export function installedPackage(): string {
  if (current === undefined) {
    const project = join(cache, fingerprint());
    if (!existsSync(project)) build(project);
    current = project;
  }
  return current;
}

/** What `require(name)` gives in that project. */
export function requireInstalled<Module>(name: string): Module {
  return createRequire(join(installedPackage(), 'index.js'))(name) as Module;
}

function fingerprint(): string {
  const hash = createHash('sha1');
  const look = (path: string): void => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  };
  for (const entry of readdirSync(join(repositoryRoot, 'src'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (entry.endsWith('.ts') && !entry.endsWith('.test.ts')) look(join(repositoryRoot, 'src', entry));
  }
  look(join(repositoryRoot, 'package.json'));
  look(join(repositoryRoot, 'tsconfig.build.json'));
  look(join(repositoryRoot, 'scripts', 'lib', 'declarations.mjs'));
  return hash.digest('hex').slice(0, 16);
}

function build(project: string): void {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'draft-'));
  const source = join(draft, 'source');
  mkdirSync(source);
  for (const name of copied) {
    if (existsSync(join(repositoryRoot, name))) {
      cpSync(join(repositoryRoot, name), join(source, name), { recursive: true });
    }
  }
  const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const settings = join(repositoryRoot, 'tsconfig.build.json');
  run(process.execPath, [tsc, '-p', settings, '--noCheck', '--outDir', join(source, 'dist')], repositoryRoot);
  writeFileSync(join(source, 'dist', 'package.json'), '{"type":"commonjs"}\n');
  nameCompiledFiles(join(source, 'dist'));
  copySwaggerUi(join(source, 'dist'));
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', draft], source);

  const installed = join(draft, 'project', 'node_modules');
  mkdirSync(join(installed, 'halyard'), { recursive: true });
  const tarball = readdirSync(draft).find((name) => name.endsWith('.tgz')) ?? '';
  run('tar', ['-xzf', join(draft, tarball), '-C', join(installed, 'halyard'), '--strip-components=1'], draft);
  linkDependencies(installed);
  writeFileSync(join(draft, 'project', 'package.json'), '{"private":true}\n');
  for (const old of readdirSync(cache)) {
    // Another test file may be removing the same.
    const since = statSync(join(cache, old), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (!old.startsWith('draft-') && Date.now() - since > 3_600_000) {
      rmSync(join(cache, old), { recursive: true, force: true });
    }
  }
  try {
    renameSync(join(draft, 'project'), project);
  } catch (error) {
    // Another test file was quicker.
    if (!existsSync(project)) throw error;
  }
  rmSync(draft, { recursive: true, force: true });
}

function linkDependencies(installed: string): void {
  const own = join(repositoryRoot, 'node_modules');
  for (const name of readdirSync(own)) {
    if (!name.startsWith('.')) symlinkSync(join(own, name), join(installed, name));
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, [...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
}
