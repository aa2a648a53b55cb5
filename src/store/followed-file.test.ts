import { describe, expect, it } from 'vitest';
import { FollowedFile } from './followed-file.ts';

function follow() {
  const file = { stamp: '1', text: 'one', missing: false };
  const accepted: string[] = [];
  const problems: unknown[] = [];
  let run: (() => void) | undefined;
  const followed = new FollowedFile({
    stamp: async () => {
      if (file.missing) throw new Error('no such file');
      return file.stamp;
    },
    read: async () => file.text,
    accept: async (text) => {
      if (text.startsWith('broken')) throw new Error(text);
      accepted.push(text);
    },
    onProblem: (error) => problems.push((error as Error).message),
    schedule: (next) => {
      run = next;
      return () => {
        run = undefined;
      };
    },
    intervalMs: 500,
  });
  const tick = async () => {
    const now = run;
    run = undefined;
    now?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const change = (text: string) => {
    file.text = text;
    file.stamp += '+';
  };
  return { file, accepted, problems, followed, tick, change, isWaiting: () => run !== undefined };
}

describe('FollowedFile', () => {
  it('reads at the start and again only after a change', async () => {
    const { followed, accepted, tick, change } = follow();
    await followed.start();
    await tick();
    expect(accepted).toEqual(['one']);
    change('two');
    await tick();
    await tick();
    expect(accepted).toEqual(['one', 'two']);
  });

  it('tells of a broken or missing file once and goes on looking', async () => {
    const { file, followed, accepted, problems, tick, change } = follow();
    await followed.start();
    change('broken');
    await tick();
    await tick();
    expect(problems).toEqual(['broken']);
    file.missing = true;
    await tick();
    await tick();
    expect(problems).toEqual(['broken', 'no such file']);
    file.missing = false;
    change('three');
    await tick();
    expect(accepted).toEqual(['one', 'three']);
  });

  it('does not start with a file that cannot be used', async () => {
    const { followed, change, isWaiting } = follow();
    change('broken');
    await expect(followed.start()).rejects.toThrow('broken');
    expect(isWaiting()).toBe(false);
  });

  it('stops looking', async () => {
    const { followed, accepted, tick, change, isWaiting } = follow();
    await followed.start();
    followed.stop();
    change('two');
    await tick();
    expect([accepted, isWaiting()]).toEqual([['one'], false]);
  });
});
