// The short form of the benchmark: what a request costs Halyard beside a bare server that sends the same bytes in the same
// run. Compared is CPU time per request, which other programs on the machine disturb less than requests per second.
import { fileURLToPath } from 'node:url';
import { measureLoad as measureFlagsmithLoad } from './flagsmith/load.mjs';
import { scratchFolder } from './lib/stage.mjs';
import { keepAwake } from './load/awake.mjs';
import { measureLoad } from './load/load.mjs';
import { notComparable } from './ratios.mjs';
import { suites } from './suites/index.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = {
  'unleash-proxy': { small: ['fixed', 'random'], large: ['fixed', 'random'] },
  'unleash-edge': {
    small: ['fixed', 'random', 'unchanged', 'features'],
    large: ['fixed', 'random', 'random-compressed', 'features'],
  },
};
const flagsmithSets = ['features50', 'realistic'];
const only = ['halyard-bun', 'bare'];

/**
 * Measures; returns the ratios by row (CPU time of the bare server's request divided by Halyard's; 1 is the limit) and
 * whether the load generator was `awake`. Throws before anything is measured where that cannot be compared with `recorded`.
 */
export async function measureRatios(options, say, recorded) {
  const folder = scratchFolder(`${root}/.bench`);
  const ratios = {};
  let awake;
  const add = (name, loads) => {
    for (const { dataset, workload } of loads.filter(({ subject }) => subject === 'halyard-bun')) {
      const cost = (id) => best(loads.find((row) => row.subject === id && row.workload === workload).rounds);
      ratios[`${name}, ${dataset}, ${workload}`] = Number((cost('bare') / cost('halyard-bun')).toFixed(3));
    }
    const failed = loads.reduce((total, row) => total + row.failed, 0);
    if (failed > 0) throw new Error(`${failed} requests failed: the run does not count`);
  };
  try {
    awake = keepAwake(folder.path, options, say).library;
    const reason = recorded && notComparable(recorded, { awake: awake !== undefined });
    if (reason !== undefined) throw new Error(reason);
    for (const suite of suites) {
      const subjects = suite.subjects.filter(({ id }) => only.includes(id));
      for (const [size, ids] of Object.entries(rows[suite.id])) {
        const workloads = suite.workloads.filter(({ id }) => ids.includes(id));
        const run = { suite, options, subjects, workloads, scratch: folder.path, say, awake };
        add(suite.id, (await measureLoad(size, run)).rows);
      }
    }
    for (const dataset of flagsmithSets) {
      add('flagsmith', await measureFlagsmithLoad([dataset], { options, scratch: folder.path, say, awake, only }));
    }
  } finally {
    folder.remove();
  }
  return { awake: awake !== undefined, ratios };
}

/** The round that was disturbed least. */
const best = (rounds) => Math.min(...rounds.map(({ cpuMicroseconds }) => cpuMicroseconds));
