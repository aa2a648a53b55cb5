import { expect, it } from 'vitest';
import { joinedChannels, Link } from './link.ts';
import { Supervisor } from './supervisor.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A group whose processes are objects: each listens at once, unless told otherwise. */
function group(workers: number, listens: (start: number) => boolean | 'never' = () => true) {
  const started: { id: number; exit: (how: string) => void; link: Link; asked: string[] }[] = [];
  const timers: { run: () => void; delayMs: number }[] = [];
  const lines: string[] = [];
  const log = { warn: (line: string) => void lines.push(line), error: (line: string) => void lines.push(line) };
  let now = 0;
  const supervisor = new Supervisor({
    workers,
    start(id) {
      const [ours, theirs] = joinedChannels();
      const listeners: ((how: string) => void)[] = [];
      let gone = false;
      const exit = (how: string) => {
        if (gone) return;
        gone = true;
        for (const listener of listeners) listener(how);
      };
      const asked: string[] = [];
      const link = new Link(theirs);
      link.onNote('stop', () => {
        asked.push('stop');
        exit('code 0');
      });
      link.onQuestion('drain', () => void asked.push('drain'));
      started.push({ id, exit, link, asked });
      const start = started.length;
      queueMicrotask(() => {
        const what = listens(start);
        if (what === true) link.note('listening', [3000]);
        else if (what === false) exit('code 1');
      });
      const process: WorkerProcess = {
        pid: 1000 + start,
        hand: { give() {} },
        channel: ours,
        onExit: (listener) => void listeners.push(listener),
        kill: () => exit('SIGKILL'),
      };
      return process;
    },
    onWorker: () => undefined,
    setTimer(run, delayMs) {
      const timer = { run, delayMs };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
    elapsedMs: () => now,
    log: () => log,
    dealer: undefined,
  });
  return {
    supervisor,
    started,
    timers,
    lines,
    pass: (ms: number) => {
      now += ms;
    },
    /** Runs what waits for this long or less. */
    fire: (limitMs: number) => {
      for (const timer of timers.filter(({ delayMs }) => delayMs <= limitMs)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.run();
      }
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

it('starts all, and tells the ports when all of them listen', async () => {
  const { supervisor, started } = group(3);
  expect(await supervisor.start()).toEqual([3000]);
  expect(started.map(({ id }) => id)).toEqual([1, 2, 3]);
});

it('a start where one worker cannot start fails, and leaves none behind', async () => {
  const { supervisor, started } = group(2, (start) => start !== 2);
  await expect(supervisor.start()).rejects.toThrow('worker 2 ended before it listened (code 1)');
  await settle();
  expect(supervisor.workers).toEqual([]);
  expect(started).toHaveLength(2);
});

it('a worker that ends is replaced at once, again and again ever more slowly, and at once after it was stable', async () => {
  const { supervisor, started, timers, lines, fire, pass } = group(1);
  await supervisor.start();
  const pauses: number[] = [];
  const die = async () => {
    started.at(-1)?.exit('SIGKILL');
    await settle();
    pauses.push(Math.max(...timers.map(({ delayMs }) => delayMs).filter((ms) => ms <= 30_000)));
    fire(30_000);
    await settle();
  };
  for (let i = 0; i < 10; i++) await die();
  expect(pauses).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  pass(10_000);
  await die();
  expect(pauses.at(-1)).toBe(0);
  expect(started).toHaveLength(12);
  expect(supervisor.replacements(1)).toBe(11);
  expect(lines[0]).toBe('Worker 1 ended (SIGKILL); it is replaced now');
});

it('a replacement that cannot start is told of, and tried again', async () => {
  const { supervisor, started, lines, fire } = group(1, (start) => start !== 2);
  await supervisor.start();
  started[0]?.exit('SIGKILL');
  for (let round = 0; round < 2; round++) {
    await settle();
    fire(250);
  }
  await settle();
  expect(lines).toEqual([
    'Worker 1 ended (SIGKILL); it is replaced now',
    'Worker 1 cannot start: worker 1 ended before it listened (code 1)',
    'Worker 1 ended (code 1); it is replaced in 0.25 s',
    'Worker 1 listens again (process 1003)',
  ]);
});

it('a reload drains and stops each worker after its replacement listens', async () => {
  const { supervisor, started } = group(2);
  await supervisor.start();
  await supervisor.reload();
  expect(started.map(({ id, asked }) => [id, asked])).toEqual([
    [1, ['drain', 'stop']],
    [2, ['drain', 'stop']],
    [1, []],
    [2, []],
  ]);
  expect(supervisor.workers).toHaveLength(2);
});

it('a reload whose replacement cannot start leaves everything as it is', async () => {
  const { supervisor, started, lines } = group(2, (start) => start < 3);
  await supervisor.start();
  await supervisor.reload();
  await settle();
  expect(started.slice(0, 2).map(({ asked }) => asked)).toEqual([[], []]);
  expect(supervisor.workers).toHaveLength(2);
  expect(lines.at(-1)).toContain('Worker 1 is not replaced: worker 1 ended before it listened (code 1)');
});

it('a stop ends all and replaces none', async () => {
  const { supervisor, started } = group(2);
  await supervisor.start();
  await supervisor.stop(1000);
  expect(started.map(({ asked }) => asked)).toEqual([['stop'], ['stop']]);
  expect(supervisor.workers).toEqual([]);
});

it('a stop while a worker still starts does not wait for it', async () => {
  const { supervisor, started } = group(2, (start) => (start === 2 ? 'never' : true));
  void supervisor.start();
  await settle();
  await supervisor.stop(1000);
  expect(started.map(({ asked }) => asked)).toEqual([['stop'], []]);
  expect(supervisor.workers).toEqual([]);
});

it('a stop in the middle of a reload ends all, and nothing is started any more', async () => {
  const { supervisor, started } = group(2);
  await supervisor.start();
  const reloading = supervisor.reload();
  while (started[0]?.asked.includes('drain') === false) await Promise.resolve();
  await supervisor.stop(1000);
  await reloading;
  await settle();
  expect(started.map(({ id }) => id)).toEqual([1, 2, 1]);
  expect(supervisor.workers).toEqual([]);
});
