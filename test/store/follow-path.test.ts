/** What a system tells of a file that changes, on both runtimes. Nothing is looked at in intervals here. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followPath } from '../../src/store/follow-path.ts';
import { eventually } from '../support/wait.ts';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
const script = fileURLToPath(new URL('./follow-program.ts', import.meta.url));

interface Following {
  /** What was accepted, in order. */
  readonly accepted: readonly string[];
  readonly problems: readonly string[];
  readonly unwatched: readonly string[];
  stop(): void;
}
type Follow = (path: string) => Promise<Following>;

const onNode: Follow = async (path) => {
  const [accepted, problems, unwatched]: string[][] = [[], [], []];
  const file = followPath(path, {
    accept: async (text) => {
      if (text.startsWith('broken')) throw new Error(text);
      accepted!.push(text);
    },
    onProblem: (error) => problems!.push((error as Error).message),
    onUnwatched: (error) => unwatched!.push((error as Error).message),
    schedule: (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    intervalMs: 3_600_000,
  });
  await file.start();
  return { accepted: accepted!, problems: problems!, unwatched: unwatched!, stop: () => file.stop() };
};

const inProgram =
  (command: readonly string[]): Follow =>
  async (path) => {
    const said: Record<string, string[]> = { accepted: [], problem: [], unwatched: [], started: [] };
    const [program, ...args] = command;
    const child = spawn(program as string, [...args, script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    child.stdout.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const [kind, text] of lines.map((line) => JSON.parse(line) as [string, string])) said[kind]?.push(text);
    });
    await eventually('the start', () => said.started?.length === 1);
    const { accepted = [], problem = [], unwatched = [] } = said;
    return { accepted, problems: problem, unwatched, stop: () => void child.kill('SIGKILL') };
  };

let folder: string;
let following: Following | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halyard-follow-'));
});
afterEach(async () => {
  following?.stop();
  following = undefined;
  await rm(folder, { recursive: true });
});

/** A whole new file in the place of the old one, as careful programs write. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

describe.each<[string, Follow]>([
  ['Bun', inProgram([bun])],
  ['Node', onNode],
])('%s', (_, follow) => {
  const sees = (text: string) => eventually(text, () => following?.accepted.at(-1) === text);

  it('a file written in place, replaced, deleted and made anew', async () => {
    const path = join(folder, 'flags.json');
    await writeFile(path, 'one');
    following = await follow(path);
    expect(following.accepted).toEqual(['one']);
    await writeFile(path, 'two');
    await sees('two');
    for (const text of ['three', 'four']) {
      await replace(path, text);
      await sees(text);
    }
    await rm(path);
    await eventually('the report', () => following?.problems.some((problem) => problem.includes('ENOENT')));
    await writeFile(path, 'five');
    await sees('five');
    await writeFile(path, 'broken');
    await eventually('the report', () => following?.problems.includes('broken'));
    await writeFile(path, 'six');
    await sees('six');
    expect(following.problems).toHaveLength(2);
    expect(following.unwatched).toEqual([]);
  });

  it('a mounted ConfigMap, whose link is swapped', async () => {
    const mounted = join(folder, 'config');
    await mkdir(mounted);
    const version = async (name: string, text: string) => {
      await mkdir(join(mounted, name));
      await writeFile(join(mounted, name, 'flags.json'), text);
      await symlink(name, join(mounted, '..data_tmp'));
      await rename(join(mounted, '..data_tmp'), join(mounted, '..data'));
    };
    await version('..1', 'one');
    await symlink('..data/flags.json', join(mounted, 'flags.json'));
    following = await follow(join(mounted, 'flags.json'));
    for (const [name, before, text] of [
      ['..2', '..1', 'two'],
      ['..3', '..2', 'three'],
    ] as const) {
      await version(name, text);
      await rm(join(mounted, before), { recursive: true });
      await sees(text);
    }
    expect(following.problems).toEqual([]);
  });

  it('a link to a file elsewhere, which changes there', async () => {
    const target = join(folder, 'there', 'flags.json');
    await mkdir(dirname(target));
    await writeFile(target, 'one');
    await mkdir(join(folder, 'here'));
    await symlink('../there/flags.json', join(folder, 'here', 'flags.json'));
    following = await follow(join(folder, 'here', 'flags.json'));
    await replace(target, 'two');
    await sees('two');
  });

  it('a folder that goes and comes back, and one that takes the place of another', async () => {
    const path = join(folder, 'config', 'flags.json');
    const make = async (name: string, text: string) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'flags.json'), text);
    };
    await make('config', 'one');
    following = await follow(path);
    await rm(join(folder, 'config'), { recursive: true });
    await eventually('the report', () => following?.problems.some((problem) => problem.includes('ENOENT')));
    await make('config', 'two');
    await sees('two');
    await replace(path, 'three');
    await sees('three');
    await make('next', 'four');
    await rename(join(folder, 'config'), join(folder, 'before'));
    await rename(join(folder, 'next'), join(folder, 'config'));
    await sees('four');
    await replace(path, 'five');
    await sees('five');
  });
});
