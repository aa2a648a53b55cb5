import { listen } from '../http/hosts/listen.ts';
import type { Listening } from '../http/hosts/types.ts';
import { noInstruments } from '../http/instruments.ts';
import type { HttpHandler } from '../http/types.ts';
import { DealtConnections } from './dealer.ts';
import type { Fleet } from './fleet.ts';
import { OwnFigures } from './group-figures.ts';
import { type Channel, Link } from './link.ts';
import { answerPage, isGroupPage, type PageQuestion, PagesOfPrimary } from './pages.ts';
import { followReadiness } from './readiness.ts';

/** What a worker tells about its process. */
export interface ProcessStatus {
  readonly pid: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

/**
 * The fleet as a worker sees it: what listens here is asked for pages of the whole group too, and passes those on. It
 * listens once it knows everything that the primary knows.
 *
 * @param end ends the process at once
 */
export function createWorkerFleet(channel: Channel, end: () => void): Fleet & { readonly primary: Link } {
  const primary = new Link(channel);
  const dealt =
    process.versions.bun === undefined ? new DealtConnections((id) => primary.note('taken', id)) : undefined;
  const pages = new PagesOfPrimary(primary);
  const opened: Listening[] = [];
  const waits: (() => Promise<unknown>)[] = [];
  let own: HttpHandler | undefined;
  let attached: Promise<unknown> | undefined;
  const attach = () => primary.ask('attach').then(() => Promise.all(waits.map((ready) => ready())));
  primary.onQuestion('drain', async (limitMs) => {
    await Promise.all(opened.map((listening) => listening.drain(limitMs as number)));
  });
  primary.onQuestion('page', (question) => {
    if (own === undefined) throw new Error('not listening yet');
    return answerPage(own, question as PageQuestion);
  });
  primary.onQuestion('status', processStatus);
  const figures = new OwnFigures();
  primary.onQuestion('figures', () => figures.collect());
  // Before there is something to stop, nothing was counted either.
  let stop = end;
  primary.onNote('stop', () => stop());
  return {
    primary,
    instruments: noInstruments,
    figures,
    share: undefined,
    before: (ready) => void waits.push(ready),
    held: followReadiness(primary),
    logTo: () => undefined,
    started: () =>
      primary.note(
        'listening',
        opened.map(({ port }) => port),
      ),
    failed: async (error) => {
      const { message, code } = error as { message?: string; code?: unknown };
      await primary.ask('failed', { message: message ?? String(error), code }).catch(() => undefined);
    },
    stopWorkers: async () => undefined,
    ended: async () => undefined,
    onStop: (given) => {
      stop = given;
    },
    async listen(handler, options) {
      own ??= handler;
      attached ??= attach();
      await attached;
      const place = opened.length;
      const port = (await primary.ask('port', { place, port: options.port, host: options.host })) as number | string;
      const passing: HttpHandler = (request) => (isGroupPage(request.path) ? pages.ask(request) : handler(request));
      const listening = await listen(passing, {
        ...options,
        port,
        shared: true,
        connections: dealt && ((take) => dealt.onConnection(place, take)),
      });
      opened.push(listening);
      return listening;
    },
  };
}

/** Memory and CPU time of this process. */
export function processStatus(): ProcessStatus {
  const { user, system } = process.cpuUsage();
  return { pid: process.pid, residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1_000_000 };
}
