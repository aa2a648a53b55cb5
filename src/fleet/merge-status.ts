import type { WorkerStatus } from './primary.ts';

/** One number of a mode, as the status page gets it. */
interface Figure {
  readonly group: string;
  readonly name: string;
  readonly value: number;
  readonly limit?: number;
}

interface Mode {
  readonly title: string;
  readonly environments: readonly {
    readonly name: string;
    readonly state: WorkerState | null;
    readonly fetching: { readonly lastSuccessMs?: number } | null;
  }[];
  readonly figures: readonly Figure[];
}

interface WorkerState {
  readonly revision: number;
  readonly publishedAtMs: number;
  readonly flagCount: number;
}

/** The part of a status page that is looked at here. */
interface StatusPage {
  readonly nowMs: number;
  readonly modes: readonly Mode[];
}

/** What clients cause is with the workers; everything else is with the primary, or the same everywhere. */
const ofWorkers: ReadonlySet<string> = new Set(['requests', 'streams', 'cache']);

/**
 * The status of the whole group, from that of its processes: what workers serve is added up, and each worker is told
 * about, with when upstream last confirmed what it serves, as far as it knows (null: never, or nothing is fetched).
 * It is of the moment of the latest page: nothing in it lies in the future.
 *
 * @param own the primary's page, JSON
 * @param pages the workers' pages, JSON, with what is known of their processes
 */
export function mergeStatus(own: string, pages: readonly (readonly [WorkerStatus | undefined, string])[]): string {
  const primary = JSON.parse(own) as StatusPage;
  const read = pages.map(([status, text]) => [status, JSON.parse(text) as StatusPage] as const);
  const modes = primary.modes.map((mode) => ({
    ...mode,
    figures: mode.figures.map((figure) => {
      if (!ofWorkers.has(figure.group)) return figure;
      const same = read.flatMap(([, page]) => figuresOf(page, mode.title).filter((other) => isSame(figure, other)));
      const value = same.reduce((sum, other) => sum + other.value, figure.value);
      return figure.limit === undefined
        ? { ...figure, value }
        : { ...figure, value, limit: figure.limit * Math.max(1, same.length) };
    }),
  }));
  const workers = read.map(([status, page]) => ({
    ...status,
    environments: page.modes.flatMap(({ environments }) =>
      environments.map(({ name, state, fetching }) => ({ name, state, confirmedMs: fetching?.lastSuccessMs ?? null })),
    ),
  }));
  const nowMs = Math.max(primary.nowMs, ...read.map(([, page]) => page.nowMs));
  return `${JSON.stringify({ ...primary, nowMs, modes, workers }, undefined, 2)}\n`;
}

function figuresOf({ modes }: StatusPage, title: string): readonly Figure[] {
  return modes.find((mode) => mode.title === title)?.figures ?? [];
}

function isSame(left: Figure, right: Figure): boolean {
  return left.group === right.group && left.name === right.name;
}
