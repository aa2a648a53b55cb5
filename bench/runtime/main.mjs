// The part of `npm run bench` about the runtimes: the CPU time of a request that Bun and Node themselves take, whoever is asked.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { cpuMicroseconds } from '../lib/listener.mjs';
import { machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { generatorOf, keepAwake } from '../load/awake.mjs';
import { markdown } from './report.mjs';
import { startRows } from './subjects.mjs';

/** Measures and writes runtime.md and .json into `out`. @returns false when requests failed */
export async function runRuntimeBenchmark(options, out, say) {
  const foreignLoad = watchForeignLoad();
  const folder = scratchFolder(fileURLToPath(new URL('../../.bench', import.meta.url)));
  const { serverCore, clientCore, connections, seconds } = options;
  const generator = keepAwake(folder.path, options, say);
  let started;
  try {
    started = await startRows({ serverCore, clientCore, scratch: folder.path });
    const rows = started.rows.map((row) => ({ ...row, rounds: [] }));
    let failed = 0;
    // The first round is the warm-up. More rounds than elsewhere: the differences are small.
    for (let round = 0; round <= options.rounds + 2; round++) {
      for (const { pid, url, headers, rounds } of rows) {
        const before = cpuMicroseconds(pid);
        const result = await runWrk({ url, headers, core: clientCore, connections, seconds, awake: generator.library });
        await sleep(50);
        failed += failures(result);
        if (round > 0) rounds.push((cpuMicroseconds(pid) - before) / result.requests);
      }
      say(`runtime: round ${round}/${options.rounds + 2}`);
    }
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      versions: started.versions,
      foreignLoad: foreignLoad(),
      loadGenerator: generatorOf(generator),
      rows: rows.map(({ name, runtime, rounds }) => ({
        name,
        runtime,
        cpuMicroseconds: Number(median(rounds).toFixed(2)),
        rounds,
      })),
    };
    writeFileSync(join(out, 'runtime.json'), `${JSON.stringify(results, undefined, 1)}\n`);
    writeFileSync(join(out, 'runtime.md'), markdown(results));
    return failed === 0;
  } finally {
    await started?.stop();
    folder.remove();
  }
}
