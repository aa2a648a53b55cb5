import { describe, expect, it } from 'vitest';
import { FollowedFile } from './followed-file.ts';

function follow(isWatched = false) {
  const file = { stamp: '1', text: 'one', missing: false };
  const accepted: string[] = [];
  const problems: unknown[] = [];
  let run: (() => void) | undefined;
  const waits: number[] = [];
  const watch = { hint: () => {}, renewed: 0, isNew: false, stopped: false };
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
    schedule: (next, ms) => {
      run = next;
      waits.push(ms);
      return () => {
        run = undefined;
      };
    },
    intervalMs: 500,
    ...(isWatched && {
      watch: (onEvent) => {
        watch.hint = onEvent;
        return {
          renew: async () => {
            watch.renewed += 1;
            return watch.isNew;
          },
          stop: () => {
            watch.stopped = true;
          },
        };
      },
    }),
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
  return { file, accepted, problems, followed, tick, change, waits, watch, isWaiting: () => run !== undefined };
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

  it('reports nothing of a file that was read while it was written', async () => {
    const { followed, accepted, problems, waits, tick, change } = follow();
    await followed.start();
    change('broken: half');
    await tick();
    change('whole');
    await tick();
    expect([accepted, problems]).toEqual([['one', 'whole'], []]);
    expect(waits).toEqual([500, 100, 500]);
  });

  it('looks soon after a sign of a change, once for many signs, and again for one during the look', async () => {
    const { followed, accepted, waits, watch, tick, change } = follow(true);
    await followed.start();
    await tick();
    waits.length = 0;
    change('two');
    watch.hint();
    watch.hint();
    expect(waits).toEqual([100]);
    const looked = tick();
    watch.hint();
    await looked;
    expect(accepted).toEqual(['one', 'two']);
    expect(waits).toEqual([100, 100]);
    await tick();
    expect(waits).toEqual([100, 100, 500]);
    // At the start and after each of three looks: folders may have changed, too.
    expect(watch.renewed).toBe(4);
    followed.stop();
    expect(watch.stopped).toBe(true);
  });

  it('finds what changed before the watch was there', async () => {
    const { followed, accepted, waits, tick, change } = follow(true);
    await followed.start();
    change('two');
    expect(waits).toEqual([100]);
    await tick();
    expect(accepted).toEqual(['one', 'two']);
  });

  it('looks again once a folder is watched that was not before: it may have changed in between', async () => {
    const { followed, accepted, waits, watch, tick, change } = follow(true);
    await followed.start();
    await tick();
    waits.length = 0;
    change('two');
    watch.hint();
    watch.isNew = true;
    await tick();
    change('three');
    watch.isNew = false;
    await tick();
    expect(accepted).toEqual(['one', 'two', 'three']);
    expect(waits).toEqual([100, 100, 500]);
  });

  it('reads once without following', async () => {
    const { followed, accepted, watch, isWaiting } = follow(true);
    await followed.readOnce();
    expect([accepted, isWaiting(), watch.renewed]).toEqual([['one'], false, 0]);
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
