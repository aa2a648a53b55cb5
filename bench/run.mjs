// One run of the benchmark: installs what is missing, measures the chosen sections, returns the results as plain data.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { installComponents } from '../scripts/lib/components.mjs';
import { firstLine, machine } from './lib/machine.mjs';
import { scratchFolder } from './lib/stage.mjs';
import { measureLoad } from './load/load.mjs';
import { measureStart } from './start/start.mjs';
import { subjects as allSubjects } from './subjects.mjs';
import { measureSwap } from './swap/swap.mjs';
import { workloads as allWorkloads } from './workloads.mjs';

const swapDatasets = ['large', 'huge'];
const root = fileURLToPath(new URL('..', import.meta.url));

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
  };
  try {
    if (options.sections.includes('load')) {
      for (const size of options.datasets) {
        const { rows, replyBytes } = await measureLoad(size, run);
        results.loads.push(...rows.sort(asListed));
        results.replyBytes[size] = replyBytes;
      }
    }
    if (options.sections.includes('start')) {
      for (const size of options.datasets) results.starts.push(...(await measureStart(size, run)));
    }
    if (options.sections.includes('swap')) {
      for (const size of options.datasets.filter((name) => swapDatasets.includes(name))) {
        for (const subject of subjects.filter(({ swaps }) => swaps)) {
          results.swaps.push(await measureSwap(size, subject, run));
        }
      }
    }
  } finally {
    folder.remove();
  }
  return results;
}

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
  if (options.build && subjects.some(({ id }) => id.startsWith('halyard'))) {
    const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
    if (built.status !== 0) throw new Error('the build failed');
  }
}
