import { expect, it } from 'vitest';
import type { FiguresPage } from '../operations/otlp/settings.ts';
import { joinedChannels, Link } from './link.ts';
import { createPrimaryFleet } from './primary.ts';
import type { WorkerProcess } from './worker-process.ts';

const figures = (count: number): FiguresPage[] => [
  {
    name: 'proxy',
    text: `# HELP halyard_requests_total Requests.
# TYPE halyard_requests_total counter
halyard_requests_total{endpoint="enabled",status="200"} ${count}
`,
  },
];

/** Requests that the whole group counted. */
function requests([page]: readonly FiguresPage[]): number {
  return Number(/^halyard_requests_total\{.*\} (\d+)$/m.exec(page?.text ?? '')?.[1]);
}

/** A worker that tells its figures, and ends, when a test says so. */
function createWorker() {
  const [ours, theirs] = joinedChannels();
  const link = new Link(theirs);
  const asked: ((pages: readonly FiguresPage[]) => void)[] = [];
  link.onQuestion('figures', () => new Promise((resolve) => void asked.push(resolve)));
  const listeners: ((how: string) => void)[] = [];
  const exit = () => {
    for (const listener of listeners.splice(0)) listener('code 0');
  };
  const process: WorkerProcess = {
    pid: 1,
    hand: { give() {} },
    channel: ours,
    onExit: (listener) => void listeners.push(listener),
    kill: exit,
  };
  return {
    start() {
      queueMicrotask(() => link.note('listening', [3000]));
      return process;
    },
    /** Answers what the primary asked first of all that is open. */
    async answer(count: number) {
      const resolve = asked.shift();
      if (resolve === undefined) throw new Error('nobody asked');
      resolve(figures(count));
      await settle();
    },
    tellLast: (count: number) => link.ask('last-figures', figures(count)),
    async exit() {
      exit();
      await settle();
    },
  };
}

async function createGroup() {
  const one = createWorker();
  const other = createWorker();
  const fleet = createPrimaryFleet({
    workers: 2,
    dealer: undefined,
    setTimer: () => () => undefined,
    elapsedMs: () => 0,
    start: (id) => (id === 1 ? one : other).start(),
  });
  fleet.figures.expose('proxy', () => figures(0)[0]?.text ?? '');
  await fleet.listen(() => ({ status: 200, headers: {}, body: '' }), { port: 0 });
  return { fleet, one, other };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

type Told = ReturnType<typeof createGroup> extends Promise<{ one: infer One }> ? One : never;

it.each([
  ['another one is still asked', [(one: Told) => one.answer(5), (one: Told) => one.tellLast(6)]],
  ['an earlier answer of it arrives later', [(one: Told) => one.tellLast(6), (one: Told) => one.answer(5)]],
] as const)('what a worker counted last stays, where %s', async (_, inOrder) => {
  const { fleet, one, other } = await createGroup();
  const earlier = fleet.figures.collect();
  await settle();
  const stopped = fleet.stopWorkers(1_000);
  for (const tell of inOrder) await tell(one);
  await other.answer(1);
  await earlier;
  await one.exit();
  await other.exit();
  await stopped;
  expect(requests(await fleet.figures.collect())).toBe(7);
});

it('a worker that ends while another one is still asked counts once, with what it counted last', async () => {
  const { fleet, one, other } = await createGroup();
  const earlier = fleet.figures.collect();
  await settle();
  const stopped = fleet.stopWorkers(1_000);
  await one.answer(5);
  await one.tellLast(6);
  await one.exit();
  const later = fleet.figures.collect();
  await settle();
  await other.answer(1);
  await other.answer(1);
  expect([requests(await earlier), requests(await later)]).toEqual([7, 7]);
  await other.tellLast(2);
  await other.exit();
  await stopped;
  expect(requests(await fleet.figures.collect())).toBe(8);
});
