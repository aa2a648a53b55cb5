// The part of `npm run bench` about the runtime: the CPU time of a request that Bun itself takes, whoever is asked.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { startPinned } from '../lib/child.mjs';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { freePort } from '../lib/http.mjs';
import { cpuMicroseconds } from '../lib/listener.mjs';
import { machine } from '../lib/machine.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { markdown } from './report.mjs';

const script = fileURLToPath(new URL('server.mjs', import.meta.url));
const path = '/api/frontend?sessionId=184729301&appName=bench&environment=default&userId=7f3a2c';
const authorization = '*:development.frontend-bench';
const condition = { 'if-none-match': 'W/"2ac-AbCdEfGhIjKlMnOpQrStUv=="' };

/** Measures and writes runtime.md and .json into `out`. @returns false when requests failed */
export async function runRuntimeBenchmark(options, out, say) {
  const foreignLoad = watchForeignLoad();
  const child = startPinned({
    name: 'handlers',
    command: bunBinary(),
    args: [script, String(await freePort())],
    env: { NODE_ENV: 'production' },
    core: options.serverCore,
  });
  try {
    const { pid, ports, version } = await started(child);
    const rows = Object.entries(ports).map(([name, port]) => ({ name, port, rounds: [] }));
    let failed = 0;
    // The first round is the warm-up. More rounds than elsewhere: the differences are small.
    for (let round = 0; round <= options.rounds + 2; round++) {
      for (const row of rows) {
        const headers = { authorization, ...(row.name.includes('304') ? condition : {}) };
        const load = { url: `http://127.0.0.1:${row.port}${path}`, headers, core: options.clientCore };
        const before = cpuMicroseconds(pid);
        const result = await runWrk({ ...load, connections: options.connections, seconds: options.seconds });
        await sleep(50);
        failed += failures(result);
        if (round > 0) row.rounds.push((cpuMicroseconds(pid) - before) / result.requests);
      }
      say(`runtime: round ${round}/${options.rounds + 2}`);
    }
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      version,
      foreignLoad: foreignLoad(),
      rows: rows.map(({ name, rounds }) => ({ name, cpuMicroseconds: Number(median(rounds).toFixed(2)), rounds })),
    };
    writeFileSync(join(out, 'runtime.json'), `${JSON.stringify(results, undefined, 1)}\n`);
    writeFileSync(join(out, 'runtime.md'), markdown(results));
    return failed === 0;
  } finally {
    await child.stop();
  }
}

async function started(child) {
  for (let i = 0; i < 200 && !child.stdout().includes('\n'); i++) await sleep(50);
  return JSON.parse(child.stdout().split('\n')[0]);
}
