import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { listen } from '../http/hosts/listen.ts';
import type { ListenOptions } from '../http/hosts/types.ts';
import { noInstruments } from '../http/instruments.ts';
import type { HttpHandler } from '../http/types.ts';
import { collectFamilies, prometheusText } from '../operations/edge-prometheus.ts';
import type { HalyardFamily } from '../operations/metrics/catalogue.ts';
import { ownFamily, ownValue } from '../operations/metrics/own-family.ts';
import type { FiguresPage } from '../operations/otlp/settings.ts';
import type { Dealer } from './dealer.ts';
import type { Fleet, FleetLog, Share } from './fleet.ts';
import { OwnFigures } from './group-figures.ts';
import type { Link } from './link.ts';
import { mergeMetrics, type WorkerPage } from './merge-metrics.ts';
import { mergeStatus } from './merge-status.ts';
import { PageMemory } from './page-memory.ts';
import { answerPage, isStatus, type PageAnswer, type PageQuestion } from './pages.ts';
import { GroupReadiness } from './readiness.ts';
import { Supervisor, type SupervisorOptions, type Worker } from './supervisor.ts';
import { type ProcessStatus, processStatus } from './worker.ts';

/** What a primary needs. */
export interface PrimaryOptions extends Pick<SupervisorOptions, 'start' | 'setTimer' | 'elapsedMs' | 'workers'> {
  /** Listens and deals connections out; undefined where workers open the port by themselves, which cannot be a path. */
  readonly dealer: Dealer | undefined;
}

/** What the status page and metrics show of a worker. */
export interface WorkerStatus extends ProcessStatus {
  readonly worker: number;
  readonly replacements: number;
}

/** A fleet as its primary sees it. */
export interface PrimaryFleet extends Fleet {
  readonly share: (share: Share) => void;
  /** Replaces all workers one after the other. */
  reload(): Promise<void>;
  /** All workers that answer, now. */
  status(): Promise<readonly WorkerStatus[]>;
}

/** A worker that does not answer in time is left out of a page. */
const answerLimitMs = 3_000;
/** Who asks for readiness is told no rather than waiting for a worker that does not answer. */
const readinessLimitMs = 1_000;
const consoleLog: FleetLog = {
  warn: console.error,
  error: console.error,
  logEvent: ({ code }, message) => console.error(`${message} [${code}]`),
};

/** The fleet as a primary sees it: to listen starts the workers, and pages of the group are made here. */
export function createPrimaryFleet(options: PrimaryOptions): PrimaryFleet {
  const { setTimer, dealer } = options;
  const shares: Share[] = [];
  const ports = new Map<number, Promise<number | string>>();
  let handle: HttpHandler | undefined;
  let log = consoleLog;
  let supervisor: Supervisor | undefined;
  let started: Promise<readonly (number | undefined)[]> | undefined;
  let places = 0;
  const memory = new PageMemory();
  const own = new OwnFigures();

  const inTime = <Value>(asked: Promise<unknown>, limitMs = answerLimitMs): Promise<Value | undefined> =>
    new Promise((resolve) => {
      const cancel = setTimer(() => resolve(undefined), limitMs);
      const settle = (value: Value | undefined) => {
        cancel();
        resolve(value);
      };
      asked.then(
        (value) => settle(value as Value),
        () => settle(undefined),
      );
    });
  const readiness = new GroupReadiness((asked) => inTime<number>(asked, readinessLimitMs));

  const takeFigures = (link: Link, pages: readonly FiguresPage[], areLast = false) => {
    for (const { name, text } of pages) memory.take(figuresPath(name), link, text, areLast);
  };

  const onWorker = (_id: number, link: Link) => {
    const tells = shares.map((share) => share(link));
    readiness.add(link);
    link.onQuestion('attach', () => {
      readiness.attached(link);
      for (const tell of tells) tell();
    });
    link.onQuestion('port', (asked) => {
      const { place, port, host } = asked as { place: number; port: number | string; host: string | undefined };
      let chosen = ports.get(place);
      if (chosen === undefined) {
        chosen = dealer === undefined ? freePort(port, host) : dealer.listen(place, port, host);
        ports.set(place, chosen);
      }
      return chosen;
    });
    link.onNote('taken', (connection) => dealer?.taken(connection as number));
    link.onQuestion('page', (question) => groupPage(question as PageQuestion, link));
    link.onQuestion('last-figures', (pages) => takeFigures(link, pages as readonly FiguresPage[], true));
  };

  /** @param take is told of each answer when it arrives, those that are late included */
  const askAll = async <Value>(
    name: string,
    value?: unknown,
    take: (link: Link, answer: Value) => void = () => undefined,
  ): Promise<(readonly [Worker, Value])[]> => {
    const workers = supervisor?.workers ?? [];
    const ask = async ({ link }: Worker): Promise<Value> => {
      const answer = (await link.ask(name, value)) as Value;
      take(link, answer);
      return answer;
    };
    const answers = await Promise.all(workers.map((worker) => inTime<Value>(ask(worker))));
    return workers.flatMap((worker, index) => {
      const answer = answers[index];
      return answer === undefined ? [] : [[worker, answer] as const];
    });
  };

  const status = async (): Promise<WorkerStatus[]> =>
    (await askAll<ProcessStatus>('status')).map(([{ id }, answer]) => ({
      ...answer,
      worker: id,
      replacements: supervisor?.replacements(id) ?? 0,
    }));

  /** A page as all workers that have it show it, and what is known of them. */
  const askForPages = (question: PageQuestion, take?: (link: Link, page: PageAnswer) => void) =>
    Promise.all([
      askAll<PageAnswer>('page', question, take).then((pages) => pages.filter(([, page]) => page.status === 200)),
      status(),
    ]);

  /** The primary's page with what workers count, and with what those counted that are gone. */
  const addUp = (path: string, text: string, pages: readonly (readonly [Worker, string])[]): string => {
    // Who has gone since it answered is one of the departed.
    const present = pages.filter(([{ link }]) => !link.closed);
    const texts = present.map(([{ id }, page]): WorkerPage => ({ worker: id, text: page }));
    return mergeMetrics(text, [...texts, { worker: undefined, text: memory.departed(path) }]);
  };

  const groupPage = async (question: PageQuestion, asking: Link): Promise<PageAnswer> => {
    if (handle === undefined) throw new Error('not started yet');
    const answer = await answerPage(handle, question, asking);
    if (question.method !== 'GET' || answer.status !== 200 || answer.body === null) return answer;
    if (isStatus(question.path)) return groupStatus(question, answer);
    if (!isPrometheus(answer)) return answer;
    const { path } = question;
    const [pages, statuses] = await askForPages(question, (link, page) => {
      if (page.status === 200) memory.take(path, link, textOf(page.body));
    });
    const texts = pages.map(([worker, page]) => [worker, textOf(page.body)] as const);
    const { ETag: _, 'Content-Length': __, ...headers } = answer.headers;
    return { status: 200, headers, body: addUp(path, textOf(answer.body), texts).concat(workerFamilies(statuses)) };
  };

  const groupStatus = async (question: PageQuestion, answer: PageAnswer): Promise<PageAnswer> => {
    const [pages, statuses] = await askForPages(question);
    const texts = pages.map(
      ([{ id }, page]) => [statuses.find(({ worker }) => worker === id), textOf(page.body)] as const,
    );
    const { 'Content-Length': _, ...headers } = answer.headers;
    return { status: 200, headers, body: mergeStatus(textOf(answer.body), texts) };
  };

  /** The same as the pages for Prometheus show, also where those are switched off. */
  const groupFigures = async (): Promise<readonly FiguresPage[]> => {
    const [pages, asked, statuses] = await Promise.all([
      own.collect(),
      askAll<readonly FiguresPage[]>('figures', undefined, takeFigures),
      status(),
    ]);
    return pages.map(({ name, text }, index) => {
      const same = asked.flatMap(([worker, all]) =>
        all.filter((page) => page.name === name).map((page) => [worker, page.text] as const),
      );
      const merged = addUp(figuresPath(name), text, same);
      return { name, text: index === 0 ? merged.concat(workerFamilies(statuses)) : merged };
    });
  };

  return {
    primary: undefined,
    instruments: noInstruments,
    figures: { expose: (name, read) => own.expose(name, read), collect: groupFigures, keep: () => own.keep() },
    ended: async () => undefined,
    share: (share) => void shares.push(share),
    before: undefined,
    held: readiness.held,
    logTo: (given) => {
      log = given;
    },
    started: () => undefined,
    failed: async () => undefined,
    stopWorkers: async (graceMs) => {
      dealer?.close();
      await supervisor?.stop(graceMs);
    },
    onStop: () => undefined,
    status,
    reload: async () => supervisor?.reload(),
    async listen(handler, listenOptions) {
      if (dealer === undefined && Number.isNaN(Number(listenOptions.port))) return listenAlone(handler, listenOptions);
      const place = places++;
      handle ??= handler;
      supervisor ??= new Supervisor({ ...options, onWorker, log: () => log });
      const running = supervisor;
      started ??= running.start();
      const port = (await started)[place];
      // Workers open and close all listeners together, with the first one.
      return {
        port,
        close: async (graceMs) => {
          if (place > 0) return;
          dealer?.close();
          await running.stop(graceMs);
        },
        drain: () => Promise.resolve(),
      };
    },
  };

  function listenAlone(handler: HttpHandler, listenOptions: ListenOptions) {
    tell(
      log,
      logEvents.workersUnsupported,
      'Workers cannot share a socket path on Bun: one process serves. HALYARD_RUNTIME=node can',
    );
    return listen(handler, listenOptions);
  }
}

/**
 * Makes sure that nobody else listens on a port, which workers would not notice where they share it; chooses one for 0.
 *
 * @throws the system's error when it is taken
 */
async function freePort(port: number | string, host: string | undefined): Promise<number | string> {
  if (Number.isNaN(Number(port))) return port;
  const probe = await listen(() => ({ status: 503, headers: {}, body: '' }), { port, host });
  await probe.close(0);
  return probe.port ?? port;
}

/** Under which figures of a system are remembered; no path of a page. */
function figuresPath(name: string): string {
  return `figures of ${name}`;
}

function isPrometheus({ headers }: PageAnswer): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return type?.includes('version=0.0.4') ?? false;
}

function textOf(body: Uint8Array | string | null): string {
  return typeof body === 'string' ? body : body === null ? '' : new TextDecoder().decode(body);
}

function workerFamilies(workers: readonly WorkerStatus[]): string {
  const each = (name: HalyardFamily, read: (worker: WorkerStatus) => number) =>
    ownFamily(name, () => workers.map((status) => [{ worker: status.worker }, read(status)] as const));
  return prometheusText(
    collectFamilies([
      each('halyard_worker_resident_memory_bytes', ({ residentBytes }) => residentBytes),
      each('halyard_worker_cpu_seconds_total', ({ cpuSeconds }) => cpuSeconds),
      each('halyard_worker_process_id', ({ pid }) => pid),
      each('halyard_worker_replacements_total', ({ replacements }) => replacements),
      ownValue('halyard_primary_resident_memory_bytes', () => processStatus().residentBytes),
    ]),
  );
}
