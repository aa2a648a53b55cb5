// One run of a suite: measures the chosen sections and returns the results as plain data.
import { fileURLToPath } from 'node:url';
import { dataset } from './datasets.mjs';
import { watchForeignLoad } from './lib/foreign-load.mjs';
import { firstLine, machine } from './lib/machine.mjs';
import { scratchFolder } from './lib/stage.mjs';
import { generatorOf, keepAwake } from './load/awake.mjs';
import { measureLoad } from './load/load.mjs';
import { measureStart } from './start/start.mjs';
import { missing } from './suites/common.mjs';
import { measureSwap } from './swap/swap.mjs';

const swapSets = ['large', 'huge'];

/** Measures what `options` choose of a suite. `say` receives a line of progress now and then. */
export async function runSuite(suite, options, say) {
  const chosen = suite.subjects.filter(({ id }) => options.subjects.includes(id));
  const skipped = chosen.flatMap((subject) => {
    const reason = missing(subject);
    return reason === undefined ? [] : [{ subject, reason }];
  });
  for (const { subject, reason } of skipped) say(`${suite.id}: ${subject.title} is left out: ${reason}`);
  const subjects = chosen.filter((subject) => missing(subject) === undefined);
  const workloads = suite.workloads.filter(({ id }) => options.workloads.includes(id));
  const folder = scratchFolder(fileURLToPath(new URL('../.bench', import.meta.url)));
  const generator = keepAwake(folder.path, options, say);
  const other = options.wrkAwake ? {} : keepAwake(folder.path, { wrkAwake: true }, say);
  const run = {
    suite,
    options,
    subjects,
    workloads,
    scratch: folder.path,
    say,
    awake: generator.library,
    otherAwake: other.library,
    bothWays: generator.library !== other.library,
  };
  const results = {
    suite: suite.id,
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(options.argv.length > 0 ? ['--', ...options.argv] : [])].join(' '),
    machine: machine(),
    versions: {
      ...Object.fromEntries(subjects.map((subject) => [subject.title, subject.version()])),
      'load generator': firstLine('wrk', ['--version'])?.split(' ').slice(0, 2).join(' '),
      'upstream and clients': `Node ${process.versions.node}`,
    },
    settings: {
      ...Object.fromEntries(
        ['rounds', 'seconds', 'warmup', 'starts', 'swaps', 'connections'].map((name) => [name, options[name]]),
      ),
      loadGenerator: generatorOf(generator),
    },
    skipped: skipped.map(({ subject, reason }) => `${subject.title}: ${reason}`),
    documentBytes: Object.fromEntries(
      options.datasets.map((size) => [size, Buffer.byteLength(JSON.stringify(dataset(size)))]),
    ),
    replyBytes: {},
    loads: [],
    otherLoads: [],
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
      results.loads.push(...measured.rows.sort(asListed(run.suite)));
      results.otherLoads.push(...measured.other.sort(asListed(run.suite)));
      results.replyBytes[size] = measured.replyBytes;
    }
  },
  async start(run, results, attempt) {
    for (const size of run.options.datasets) {
      results.starts.push(...((await attempt(`start ${size}`, () => measureStart(size, run))) ?? []));
    }
  },
  async swap(run, results, attempt) {
    for (const size of run.options.datasets.filter((name) => swapSets.includes(name))) {
      for (const subject of run.subjects.filter(({ swaps }) => swaps)) {
        const row = await attempt(`swap ${size} ${subject.id}`, () => measureSwap(size, subject, run));
        if (row) results.swaps.push(row);
      }
    }
  },
};

// Reports show what we make first and the limits last; measuring has an order of its own.
function asListed({ workloads, subjects }) {
  const place = (list, id) => list.findIndex((entry) => entry.id === id);
  return (a, b) =>
    place(workloads, a.workload) - place(workloads, b.workload) ||
    place(subjects, a.subject) - place(subjects, b.subject);
}
