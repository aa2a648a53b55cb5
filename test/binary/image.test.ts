/** The Dockerfile: checked as text, and its image run in every mode without a container engine. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { binaryFile, repositoryRoot } from '../support/subjects.ts';
import { buildBinary, buildMs, run } from './build.ts';

interface Instruction {
  readonly keyword: string;
  readonly words: readonly string[];
  readonly text: string;
}
interface Stage {
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

const script = (name: string) => new URL(`../../scripts/lib/${name}`, import.meta.url).href;
const {
  readDockerfile,
  ignoreRule,
}: {
  readDockerfile: (path: string) => readonly Stage[];
  ignoreRule: (path: string) => (path: string) => boolean;
} = await import(/* @vite-ignore */ script('dockerfile.mjs'));
const { canContain }: { canContain: () => boolean } = await import(/* @vite-ignore */ script('container.mjs'));

const dockerfile = join(repositoryRoot, 'Dockerfile');

describe('the Dockerfile', () => {
  const text = readFileSync(dockerfile, 'utf8');
  const stages = readDockerfile(dockerfile);
  const final = stages.at(-1);
  const words = (keyword: string) => final?.instructions.find((one) => one.keyword === keyword)?.words;

  it('has no fault that a linter knows', () => {
    expect(validate(text)).toEqual([]);
  });

  it('names a version of every base and of Halyard', () => {
    const bases = [...text.matchAll(/^FROM (?:--\S+ )*(\S+)|^ARG BASE=(\S+)/gm)].map(([, from, base]) => from ?? base);
    expect(bases).toEqual([
      expect.stringMatching(/^debian:\d+\.\d+-slim$/),
      expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/),
      expect.stringContaining('{BASE}'),
    ]);
    expect(text).toContain(`\nARG VERSION=${version}\n`);
  });

  it('ends as a user without rights, with the ports of the originals and a health check', () => {
    expect(words('USER')).toEqual(['65532:65532']);
    expect(words('EXPOSE')).toEqual(['3000', '3063', '3043', '8000']);
    expect(words('HEALTHCHECK')).toEqual(['/usr/local/bin/halyard', 'health']);
    expect(words('ENTRYPOINT')).toEqual(['/usr/local/bin/halyard']);
  });

  it('gets what it is made of, and nothing else', () => {
    const ignored = ignoreRule(join(repositoryRoot, '.dockerignore'));
    const tracked = spawnSync('git', ['ls-files'], { cwd: repositoryRoot, encoding: 'utf8' }).stdout.split('\n');
    const context = tracked.filter((path) => path !== '' && !ignored(path));
    for (const path of [
      'package-lock.json',
      'demo/flags.json',
      'src/cli/main.ts',
      'scripts/build-binary.mjs',
      'LICENSE',
    ]) {
      expect(context).toContain(path);
    }
    const build = readFileSync(join(repositoryRoot, 'scripts', 'build-binary.mjs'), 'utf8');
    for (const [, folder] of build.matchAll(/--asset=(\w+)/g)) {
      expect(context).toContainEqual(expect.stringMatching(new RegExp(`^${folder}/`)));
    }
    expect(context.filter((path) => /^(test|docs|bench|\.ci)\/|\.test\.ts$/.test(path))).toEqual([]);
    for (const path of ['.env', '.git/config', 'node_modules/x', 'build/halyard']) expect(ignored(path)).toBe(true);
  });
});

const contained = canContain();
if (!contained)
  console.warn('\n*** SKIPPED: the image was not tried out: that takes root and namespaces (unshare) ***\n');

describe.runIf(contained)('the image', () => {
  beforeAll(buildBinary, buildMs);

  it('runs in every mode as process 1, read-only and without rights, and stops cleanly', {
    timeout: buildMs,
  }, async () => {
    const smoke = join(repositoryRoot, 'scripts', 'smoke-image.mjs');
    const args = [smoke, '--program', binaryFile];
    const { code, stdout, stderr } = await run(process.execPath, args, {}, repositoryRoot, buildMs);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('fine: '))).toEqual([
      'fine: demo',
      'fine: demo with two workers',
      'fine: proxy',
      'fine: edge by variables',
      'fine: edge by flags, with a volume',
      'fine: edge from the volume, upstream down',
      'fine: offline',
      'fine: flagsmith',
    ]);
  });
});
