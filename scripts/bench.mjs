// `npm run bench`: measures Halyard beside the servers that it replaces and writes docs/performance/. `npm run bench --
// --help` tells the options.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCoresBenchmark } from '../bench/cores/main.mjs';
import { runEnvironmentsBenchmark } from '../bench/environments/main.mjs';
import { runFlagsmithBenchmark } from '../bench/flagsmith/main.mjs';
import { runOfrepBenchmark } from '../bench/ofrep/main.mjs';
import { runOfrepStreamBenchmark } from '../bench/ofrep-streams/main.mjs';
import { help, readOptions } from '../bench/options.mjs';
import { prepare } from '../bench/prepare.mjs';
import { checkPromises } from '../bench/promises.mjs';
import { chart } from '../bench/report/chart.mjs';
import { consoleText } from '../bench/report/console.mjs';
import { markdown } from '../bench/report/markdown.mjs';
import { runSuite } from '../bench/run.mjs';
import { runRuntimeBenchmark } from '../bench/runtime/main.mjs';
import { runStreamBenchmark } from '../bench/streams/main.mjs';
import { suites } from '../bench/suites/index.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const options = parse();
if (options.help) {
  console.log(help);
  process.exit(0);
}
const out = options.out ?? join(root, ...(options.complete ? ['docs', 'performance'] : ['.bench']));
mkdirSync(out, { recursive: true });
const chosen = suites.filter(({ id }) => options.suites.includes(id));
if (!options.recorded) {
  const subjects = chosen.flatMap((suite) => suite.subjects).filter(({ id }) => options.subjects.includes(id));
  const components = subjects.filter(({ optional }) => !optional).flatMap(({ component }) => component ?? []);
  prepare(options.clientCore, [...new Set(components)]);
}
let ok = true;
for (const suite of chosen) ok = (await measure(suite)) && ok;
// Their reports are written with the measuring.
if (!options.recorded) {
  if (options.suites.includes('flagsmith')) ok = (await runFlagsmithBenchmark(options, out, say)) && ok;
  if (options.suites.includes('environments')) ok = (await runEnvironmentsBenchmark(options, out, say)) && ok;
  if (options.suites.includes('cores')) ok = (await runCoresBenchmark(options, out, say)) && ok;
  if (options.suites.includes('ofrep')) ok = (await runOfrepBenchmark(options, out, say)) && ok;
  if (options.suites.includes('ofrep-streams')) ok = (await runOfrepStreamBenchmark(options, out, say)) && ok;
  if (options.suites.includes('runtime')) ok = (await runRuntimeBenchmark(options, out, say)) && ok;
  if (options.suites.includes('streams')) ok = (await runStreamBenchmark(options, out, say)) && ok;
}
process.exit(ok ? 0 : 1);

/** @returns false when the run does not count, or does not pass with --check */
async function measure(suite) {
  const file = (extension) => join(out, `${suite.id}.${extension}`);
  const results = options.recorded
    ? JSON.parse(readFileSync(file('json'), 'utf8'))
    : await runSuite(suite, options, say);
  const checks = checkPromises(suite, results);
  if (!options.recorded) writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(suite, results, checks));
  writeFileSync(file('svg'), chart(suite, results));
  console.log(`${suite.title}\n\n${consoleText(suite, results, checks)}\n`);

  // What happens to a peer while sets are swapped is its own affair; in the loads a failed request spoils the ratios.
  const loads = [...results.loads, ...(results.otherLoads ?? [])];
  const counted = [...loads, ...results.swaps.filter((row) => row.subject.startsWith('halyard'))];
  const failed = results.problems.length > 0 || counted.some((row) => row.failed > 0);
  for (const problem of results.problems) console.error(`Not measured: ${problem}`);
  const disturbed = Math.max(0, ...Object.values(results.foreignLoad));
  if (disturbed > 0.1) {
    const share = Math.round(disturbed * 100);
    console.error(`Other programs used ${share} % of the machine meanwhile: measure again when it is quiet.`);
  }
  if (failed) console.error('Requests or measurements failed: the run does not count.');
  return !failed && !(options.check && checks.some((check) => check.ok === false));
}

function parse() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}

function say(line) {
  console.error(line);
}
