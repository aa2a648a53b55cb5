// `npm run bench:check`: fails when a request costs Halyard more, beside a bare server in the same run, than it did when the
// ratios were recorded. To be run before a release and after each change to the hot path. `-- --record` records anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measureRatios } from '../bench/check.mjs';
import { prepare } from '../bench/prepare.mjs';
import { allowedDrop, compareRatios } from '../bench/ratios.mjs';

const file = fileURLToPath(new URL('../docs/performance/ratios.json', import.meta.url));
const record = process.argv.includes('--record');
if (!record && !existsSync(file)) {
  console.error('No ratios are recorded: run npm run bench:check -- --record on a version that is known to be fast.');
  process.exit(2);
}
const recorded = record ? undefined : JSON.parse(readFileSync(file, 'utf8'));
// Measured as recorded: with a load generator that is kept awake, or with one that sleeps.
const wrkAwake = recorded === undefined ? process.argv.includes('--wrk-awake') : recorded.awake;
const options = { rounds: 3, seconds: 1, warmup: 1, connections: 50, serverCore: 0, clientCore: 1, wrkAwake };
prepare(options.clientCore, []);
const measured = await measureRatios(options, (line) => console.error(line), recorded).catch((error) => {
  console.error(error.message);
  process.exit(2);
});
const rows = compareRatios((recorded ?? measured).ratios, measured.ratios);
const width = Math.max(...rows.map(({ name }) => name.length));
const shown = (ratio) => (ratio === undefined ? '   –' : ratio.toFixed(2));
for (const { name, before, now, ok } of rows) {
  console.log(`${name.padEnd(width)}  recorded ${shown(before)}  now ${shown(now)}  ${ok ? 'ok' : 'SLOWER'}`);
}
if (record) {
  writeFileSync(file, `${JSON.stringify(measured, undefined, 1)}\n`);
  console.log(`Recorded in ${file}`);
}
const slower = rows.filter(({ ok }) => !ok);
if (slower.length > 0) {
  console.error(`${slower.length} rows dropped by more than ${allowedDrop * 100} %, or are new: see --record.`);
}
process.exit(slower.length > 0 ? 1 : 0);
