// One run of the benchmark: installs what is missing, measures the chosen sections, returns the results as plain data.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from '../scripts/lib/build-if-stale.mjs';
import { installComponents } from '../scripts/lib/components.mjs';
import { watchForeignLoad } from './lib/foreign-load.mjs';
import { firstLine, machine } from './lib/machine.mjs';
import { scratchFolder } from './lib/stage.mjs';
import { measureLoad } from './load/load.mjs';
import { measureStart } from './start/start.mjs';
import { subjects as allSubjects } from './subjects.mjs';
import { measureSwap } from './swap/swap.mjs';
import { workloads as allWorkloads } from './workloads.mjs';

const swapDatasets = ['large', 'huge'];

/** Measures what `options` choose. `say` receives a line of progress now and then. */
export async function runBenchmark(options, say) {
  const subjects = allSubjects.filter(({ id }) => options.subjects.includes(id));
  const workloads = allWorkloads.filter(({ id }) => options.workloads.includes(id));
  prepare(options, subjects);
  const folder = scratchFolder(fileURLToPath(new URL('../.bench', import.meta.url)));
  const run = { options, subjects, workloads, scratch: folder.path, say };
  const results = {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(options.argv.length > 0 ? ['--', ...options.argv] : [])].join(' '),
    machine: machine(),
    versions: {
      ...Object.fromEntries(subjects.map((subject) => [subject.title, subject.version()])),
      'load generator': firstLine('wrk', ['--version'])?.split(' ').slice(0, 2).join(' '),
      'upstream and clients': `Node ${process.versions.node}`,
    },
    settings: Object.fromEntries(
      ['rounds', 'seconds', 'warmup', 'starts', 'swaps', 'connections'].map((name) => [name, options[name]]),
    ),
    replyBytes: {},
    loads: [],
    starts: [],
    swaps: [],
    problems: [],
    foreignLoad: {},
  };
  // What goes wrong with one measurement is reported with the results of the others, and fails the run.
  const attempt = async (what, measure) => {
    try {
      return await measure();
    } catch (error) {
      say(`${what}: ${error.message}`);
      results.problems.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  try {
    for (const section of options.sections) {
      const foreignLoad = watchForeignLoad();
      await measureSection[section](run, results, attempt);
      results.foreignLoad[section] = foreignLoad();
      say(`${section}: other programs used ${(results.foreignLoad[section] * 100).toFixed(1)} % of the machine`);
    }
  } finally {
    folder.remove();
  }
  return results;
}

const measureSection = {
  async load(run, results, attempt) {
    for (const size of run.options.datasets) {
      const measured = await attempt(`load ${size}`, () => measureLoad(size, run));
      if (!measured) continue;
      results.loads.push(...measured.rows.sort(asListed));
      results.replyBytes[size] = measured.replyBytes;
    }
  },
  async start(run, results, attempt) {
    for (const size of run.options.datasets) {
      results.starts.push(...((await attempt(`start ${size}`, () => measureStart(size, run))) ?? []));
    }
  },
  async swap(run, results, attempt) {
    for (const size of run.options.datasets.filter((name) => swapDatasets.includes(name))) {
      for (const subject of run.subjects.filter(({ swaps }) => swaps)) {
        const row = await attempt(`swap ${size} ${subject.id}`, () => measureSwap(size, subject, run));
        if (row) results.swaps.push(row);
      }
    }
  },
};

// Reports show what we make first and the limit last; measuring has an order of its own.
function asListed(a, b) {
  const place = (list, id) => list.findIndex((entry) => entry.id === id);
  return (
    place(allWorkloads, a.workload) - place(allWorkloads, b.workload) ||
    place(allSubjects, a.subject) - place(allSubjects, b.subject)
  );
}

function prepare(options, subjects) {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc and pins with taskset: it needs Linux');
  const pinned = spawnSync('taskset', ['-apc', String(options.clientCore), String(process.pid)], { encoding: 'utf8' });
  if (pinned.status !== 0)
    throw new Error(`cannot pin to core ${options.clientCore}: ${pinned.error ?? pinned.stderr}`);
  installComponents(['wrk', ...subjects.map(({ id }) => id).filter((id) => id === 'unleash-proxy')]);
  // Before anything is timed: the launcher would do it too, in the middle of the first start.
  if (subjects.some(({ id }) => id.startsWith('halyard'))) buildIfStale();
}
