import { mainProcess } from '../operations/metrics/bounds.ts';
import { findHalyardFamily, type Merge, mergeOf } from '../operations/metrics/catalogue.ts';
import { type ReadFamily as Family, readFamilies } from '../operations/metrics/exposition.ts';
import { findFamily } from '../operations/metrics/find-family.ts';

/** A worker's page. */
export interface WorkerPage {
  /** Undefined for those that are gone: their counters count, what they held is nowhere any more. */
  readonly worker: number | undefined;
  readonly text: string;
}

/**
 * One page for a group of processes, made as the tables of families say: what each process has its own share of is
 * added up, the state is that of the primary, which every worker follows. What is worth knowing of each worker gets a
 * family of its own.
 */
export function mergeMetrics(own: string, pages: readonly WorkerPage[]): string {
  const families = readFamilies(own);
  for (const { worker, text } of pages) {
    for (const [name, family] of readFamilies(text)) {
      const merge = mergeOfRead(family);
      const target = families.get(name);
      const perWorker = findFamily(name)?.perWorker;
      if (perWorker !== undefined && worker !== undefined) addWorkerSamples(families, perWorker, family, worker);
      if (merge === 'primary-only' || (worker === undefined && !isCounted(family))) continue;
      if (merge === 'each') {
        addEach(families, family, worker);
        continue;
      }
      if (target === undefined) families.set(name, family);
      else if (merge === 'sum') addSamples(target, family);
      else for (const [key, value] of family.samples) if (!target.samples.has(key)) target.samples.set(key, value);
    }
  }
  return [...families.values()].map(familyText).join('\n').concat('\n');
}

/** Families that are in no table are those of an application around Halyard: their type decides. */
function mergeOfRead(family: Family): Merge {
  const known = findFamily(family.name);
  if (known !== undefined) return mergeOf(known);
  return isCounted(family) ? 'sum' : 'primary';
}

function isCounted({ type }: Family): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

function addSamples(target: Family, added: Family): void {
  for (const [key, value] of added.samples) target.samples.set(key, (target.samples.get(key) ?? 0) + value);
}

/** Adds a worker's samples under its number, which it does not know itself. */
function addEach(families: Map<string, Family>, source: Family, worker: number | undefined): void {
  const target = families.get(source.name) ?? { ...source, samples: new Map<string, number>() };
  families.set(source.name, target);
  for (const [key, value] of source.samples) {
    target.samples.set(key.replace(`worker="${mainProcess}"`, `worker="${worker ?? mainProcess}"`), value);
  }
}

function addWorkerSamples(families: Map<string, Family>, name: string, source: Family, worker: number): void {
  let family = families.get(name);
  if (family === undefined) {
    const help = findHalyardFamily(name)?.help ?? '';
    family = { name, comments: [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`], type: 'gauge', samples: new Map() };
    families.set(name, family);
  }
  for (const [key, value] of source.samples) {
    const labels = /\{(.*)\}$/s.exec(key)?.[1];
    family.samples.set(`${name}{worker="${worker}"${labels ? `,${labels}` : ''}}`, value);
  }
}

function familyText({ comments, samples }: Family): string {
  return [...comments, ...Array.from(samples, ([key, value]) => `${key} ${numberText(value)}`)].join('\n');
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
