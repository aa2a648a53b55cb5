import { findHalyardFamily, type HalyardFamily, halyardFamilies } from '../operations/metrics/catalogue.ts';

/** Prometheus text, read as far as adding up needs. */
interface Family {
  readonly name: string;
  /** The comment lines in front of it. */
  readonly comments: string[];
  type: string;
  /** Values by name and labels, as they are written. */
  readonly samples: Map<string, number>;
}

/** Gauges that each process has its own share of, beside those of Halyard. Of all others the primary's value counts. */
const additive = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'connected_streaming_clients'];

/** Counters that say that a process is there; the group is one. */
const once = ['unleash_proxy_up'];

/** What concerns upstream: a worker's upstream is the primary, which is nobody's business. */
const primaryOnly = [
  'client_feature_fetch',
  'client_feature_delta_fetch',
  'client_feature_fetch_failures',
  'client_metrics_upload',
  'client_register_failures',
  'instance_data_upload',
  'metrics_size_in_bytes',
  'token_validation_failures',
  'upstream_version',
];

/** Gauges that are shown for each worker too, and the names for that. */
const perWorker: ReadonlyMap<string, HalyardFamily> = new Map([
  ['halyard_definitions_revision', 'halyard_worker_definitions_revision'],
  ['halyard_definitions_changed_timestamp_seconds', 'halyard_worker_definitions_changed_timestamp_seconds'],
]);

/** A worker's page. */
export interface WorkerPage {
  /** Undefined for those that are gone: their counters count, what they held is nowhere any more. */
  readonly worker: number | undefined;
  readonly text: string;
}

/**
 * One page for a group of processes: counters and histograms are added up, gauges that concern the state are those of
 * the primary, which every worker follows. What is worth knowing of each worker gets a family of its own.
 */
export function mergeMetrics(own: string, pages: readonly WorkerPage[]): string {
  const families = readFamilies(own);
  for (const { worker, text } of pages) {
    for (const [name, family] of readFamilies(text)) {
      if (primaryOnly.includes(name) || findHalyardFamily(name)?.merge === 'primary-only') continue;
      const target = families.get(name);
      if (worker === undefined && !counts(family)) continue;
      if (target === undefined) families.set(name, family);
      else if (addsUp(target)) addSamples(target, family);
      else for (const [key, value] of family.samples) if (!target.samples.has(key)) target.samples.set(key, value);
      const ownName = perWorker.get(name);
      if (ownName !== undefined && worker !== undefined) addWorkerSamples(families, ownName, family, worker);
    }
  }
  return [...families.values()].map(familyText).join('\n').concat('\n');
}

function addsUp(family: Family): boolean {
  const { name } = family;
  if (once.includes(name)) return false;
  return counts(family) || additive.includes(name) || findHalyardFamily(name)?.merge === 'sum';
}

function counts({ type }: Family): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

function addSamples(target: Family, added: Family): void {
  for (const [key, value] of added.samples) target.samples.set(key, (target.samples.get(key) ?? 0) + value);
}

function addWorkerSamples(families: Map<string, Family>, name: HalyardFamily, source: Family, worker: number): void {
  let family = families.get(name);
  if (family === undefined) {
    const { help } = halyardFamilies[name];
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

const endings = ['_bucket', '_sum', '_count', '_total', '_created'];

function readFamilies(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const named = (name: string): Family => {
    let family = families.get(name);
    if (family === undefined) {
      family = { name, comments: [], type: 'untyped', samples: new Map() };
      families.set(name, family);
    }
    return family;
  };
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line);
    if (comment !== null) {
      const family = named(comment[2] ?? '');
      family.comments.push(line);
      if (comment[1] === 'TYPE') family.type = comment[3] ?? '';
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/.exec(line);
    if (sample === null) continue;
    const [, key = '', value = ''] = sample;
    const name = /^[\w:]+/.exec(key)?.[0] ?? '';
    family(families, named, name).samples.set(key, readNumber(value));
  }
  return families;
}

/** The family that a sample belongs to: a histogram's samples have endings that its name has not. */
function family(families: Map<string, Family>, named: (name: string) => Family, name: string): Family {
  const known = families.get(name);
  if (known !== undefined) return known;
  for (const ending of endings) {
    const base = name.endsWith(ending) ? families.get(name.slice(0, -ending.length)) : undefined;
    if (base !== undefined) return base;
  }
  return named(name);
}

function readNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
