import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PathWatch } from './path-watch.ts';
import { turningPoints } from './turning-points.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'halyard-watch-')));
});
afterEach(() => rm(folder, { recursive: true }));

const points = async (path: string) =>
  [...(await turningPoints(join(folder, path)))].map(([at, names]) => [at.slice(folder.length), ...names].join(' '));

describe('turningPoints', () => {
  it('is the folder of an ordinary file', async () => {
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'f'), '');
    expect(await points('a/f')).toEqual(['/a f']);
    expect(await points('a/../a/./f')).toEqual(['/a f']);
  });

  it('is every folder with a link on the way, and that of the file behind', async () => {
    await mkdir(join(folder, 'config', '..1'), { recursive: true });
    await writeFile(join(folder, 'config', '..1', 'f'), '');
    await symlink('..1', join(folder, 'config', '..data'));
    await symlink('..data/f', join(folder, 'config', 'f'));
    await symlink(join(folder, 'config'), join(folder, 'to-config'));
    expect(await points('to-config/f')).toEqual([' to-config', '/config f ..data', '/config/..1 f']);
  });

  it('ends where something is missing, and in circles', async () => {
    expect(await points('none/deep/f')).toEqual([' none']);
    await symlink('circle', join(folder, 'circle'));
    expect(await points('circle')).toEqual([' circle']);
  });
});

/** A system whose watches are told what happens by hand. */
function fakeSystem() {
  const open = new Map<string, { onEvent: (kind: string, name: string | null) => void; onError: (e: Error) => void }>();
  const told = { events: 0, problems: [] as string[] };
  const refusal: { error: Error | undefined } = { error: undefined };
  const watch = (path: string) =>
    new PathWatch({
      path,
      watchFolder(at, onEvent, onError) {
        if (refusal.error !== undefined) throw refusal.error;
        open.set(at, { onEvent, onError: onError as (e: Error) => void });
        return { close: () => void open.delete(at) };
      },
      onEvent: () => {
        told.events += 1;
      },
      onProblem: (error) => told.problems.push((error as Error).message),
    });
  return { open, told, refusal, watch };
}

const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('PathWatch', () => {
  it('tells of events about the names that matter only', async () => {
    const { open, told, watch } = fakeSystem();
    await writeFile(join(folder, 'f'), '');
    const watching = watch(join(folder, 'f'));
    expect(await watching.renew()).toBe(true);
    expect(await watching.renew()).toBe(false);
    expect([...open.keys()]).toEqual([folder]);
    open.get(folder)?.onEvent('change', 'other');
    expect(told.events).toBe(0);
    open.get(folder)?.onEvent('change', 'f');
    open.get(folder)?.onEvent('rename', null);
    expect(told.events).toBe(2);
    watching.stop();
    expect(open.size).toBe(0);
  });

  it('watches the next folder of a name, and the one above while there is none', async () => {
    const { open, told, watch } = fakeSystem();
    const inner = join(folder, 'a');
    await mkdir(inner);
    await writeFile(join(inner, 'f'), '');
    const watching = watch(join(inner, 'f'));
    await watching.renew();
    const before = open.get(inner);
    before?.onEvent('rename', 'a');
    expect([told.events, open.size]).toEqual([1, 0]);
    expect(await watching.renew()).toBe(true);
    expect(open.get(inner)).not.toBe(before);
    await rm(inner, { recursive: true });
    await watching.renew();
    expect([...open.keys()]).toEqual([folder]);
  });

  it.each(['at once', 'later'])('says once that the system cannot watch, told %s, and tries no more', async (when) => {
    const { open, told, refusal, watch } = fakeSystem();
    await writeFile(join(folder, 'f'), '');
    const watching = watch(join(folder, 'f'));
    if (when === 'at once') refusal.error = withCode('ENOSPC');
    await watching.renew();
    if (when === 'later') open.get(folder)?.onError(withCode('ENOSPC'));
    refusal.error = undefined;
    await watching.renew();
    expect([told.problems, open.size]).toEqual([['ENOSPC'], 0]);
  });

  it('takes a folder that just went away as a change, not as a problem', async () => {
    const { open, told, refusal, watch } = fakeSystem();
    await writeFile(join(folder, 'f'), '');
    const watching = watch(join(folder, 'f'));
    refusal.error = withCode('ENOENT');
    await watching.renew();
    refusal.error = undefined;
    await watching.renew();
    expect([told.problems, [...open.keys()]]).toEqual([[], [folder]]);
  });
});
