// `npm run bench`: measures Halyard beside Unleash Proxy and writes docs/performance/. `npm run bench -- --help` tells the options.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkMustHold } from '../bench/must-hold.mjs';
import { help, readOptions } from '../bench/options.mjs';
import { chart } from '../bench/report/chart.mjs';
import { consoleText } from '../bench/report/console.mjs';
import { markdown } from '../bench/report/markdown.mjs';
import { runBenchmark } from '../bench/run.mjs';

if (process.argv.includes('--flagsmith')) {
  const { runFlagsmithBenchmark } = await import('../bench/flagsmith/main.mjs');
  await runFlagsmithBenchmark(process.argv.slice(2));
  process.exit();
}

const root = fileURLToPath(new URL('..', import.meta.url));
const options = parse();
if (options.help) {
  console.log(help);
  process.exit(0);
}
const out = options.out ?? join(root, ...(options.complete ? ['docs', 'performance'] : ['.bench']));
const file = (extension) => join(out, `unleash-proxy.${extension}`);

const results = options.recorded ? JSON.parse(readFileSync(file('json'), 'utf8')) : await runBenchmark(options, say);
const checks = checkMustHold(results);
mkdirSync(out, { recursive: true });
if (!options.recorded) writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
writeFileSync(file('md'), markdown(results, checks));
writeFileSync(file('svg'), chart(results));
console.log(consoleText(results, checks));

// What happens to a peer while sets are swapped is its own affair; in the loads a failed request spoils the ratios.
const counted = [...results.loads, ...results.swaps.filter((row) => row.subject.startsWith('halyard'))];
const failed = results.problems.length > 0 || counted.some((row) => row.failed > 0);
for (const problem of results.problems) console.error(`Not measured: ${problem}`);
const disturbed = Math.max(0, ...Object.values(results.foreignLoad));
if (disturbed > 0.1) {
  const share = Math.round(disturbed * 100);
  console.error(`Other programs used ${share} % of the machine meanwhile: measure again when it is quiet.`);
}
if (failed) console.error('Requests or measurements failed: the run does not count.');
process.exitCode = failed || (options.check && checks.some(({ ok }) => ok === false)) ? 1 : 0;

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
