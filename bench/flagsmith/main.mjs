// `npm run bench -- --flagsmith`: measures Flagsmith's API and writes docs/performance/flagsmith.*
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installComponents } from '../../scripts/lib/components.mjs';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { firstLine, machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import { measureLoad } from './load.mjs';
import { checkMustHold } from './must-hold.mjs';
import { chart, markdown, tables } from './report.mjs';
import { subjects } from './subjects.mjs';
import { measureSwap } from './swap.mjs';
import { datasets } from './workloads.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sections = [...Object.keys(datasets), 'swap'];
const defaults = { rounds: 3, seconds: 3, warmup: 1, swaps: 6, connections: 50, 'server-core': 0, 'client-core': 1 };
const help = `npm run bench -- --flagsmith [options]
  --only a,b   only these: ${sections.join(', ')}; results of the others stay as they were recorded
  --quick      1 round of 1 s, 2 swaps
  --check      exit with 1 when a value that must hold does not
  --no-build   measure dist/ as it is
  --out dir    where to write; default: docs/performance, with --quick .bench
  ${Object.entries(defaults)
    .map(([name, value]) => `--${name} n (${value})`)
    .join(', ')}`;

/** Runs the benchmark with the arguments behind `--flagsmith`. Sets the exit code. */
export async function runFlagsmithBenchmark(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }])),
      ...Object.fromEntries(
        ['quick', 'check', 'no-build', 'help', 'flagsmith'].map((name) => [name, { type: 'boolean' }]),
      ),
      ...{ only: { type: 'string' }, out: { type: 'string' } },
    },
  });
  if (values.help) return console.log(help);
  const quick = values.quick ? { rounds: 1, seconds: 1, swaps: 2 } : {};
  const number = (name) => Number(values[name] ?? quick[name] ?? defaults[name]);
  const options = {
    ...Object.fromEntries(['rounds', 'seconds', 'warmup', 'swaps', 'connections'].map((name) => [name, number(name)])),
    ...{ serverCore: number('server-core'), clientCore: number('client-core') },
  };
  const wanted = values.only?.split(',') ?? sections;
  const out = values.out ?? join(root, ...(values.quick ? ['.bench'] : ['docs', 'performance']));
  const file = (extension) => join(out, `flagsmith.${extension}`);
  // Before this process is pinned to one core: the cores are counted.
  const here = machine();
  prepare(options, !values['no-build']);
  const recorded = existsSync(file('json')) ? JSON.parse(readFileSync(file('json'), 'utf8')) : {};
  const results = await measure(wanted, options, recorded, here);
  const checks = checkMustHold(results);
  mkdirSync(out, { recursive: true });
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const rows of Object.values(tables(results, checks))) console.log(`\n${text(rows)}`);
  const failed = [...results.loads, ...results.swaps].some((row) => row.failed > 0);
  process.exitCode = failed || (values.check && checks.some(({ ok }) => ok === false)) ? 1 : 0;
}

function prepare({ clientCore }, build) {
  spawnSync('taskset', ['-apc', String(clientCore), String(process.pid)]);
  installComponents(['wrk']);
  if (!build) return;
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

async function measure(wanted, options, recorded, here) {
  const folder = scratchFolder(join(root, '.bench'));
  const say = (line) => console.error(line);
  const run = { options, scratch: folder.path, say };
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: here,
    versions: `Halyard ${firstLine('git', ['describe', '--always', '--dirty'], { cwd: root })}, Bun ${firstLine(join(root, 'node_modules', '.bin', 'bun'), ['--version'])}, Node ${process.versions.node}`,
    settings: options,
    foreignLoad: { ...recorded.foreignLoad },
    loads: (recorded.loads ?? []).filter(({ dataset }) => !wanted.includes(dataset)),
    swaps: wanted.includes('swap') ? [] : (recorded.swaps ?? []),
  };
  try {
    for (const section of sections.filter((name) => wanted.includes(name))) {
      const foreignLoad = watchForeignLoad();
      if (section !== 'swap') results.loads.push(...(await measureLoad(section, run)));
      else
        for (const subject of subjects.filter(({ limit }) => !limit))
          results.swaps.push(await measureSwap(subject, run));
      results.foreignLoad[section] = foreignLoad();
      say(`${section}: other programs used ${(results.foreignLoad[section] * 100).toFixed(1)} % of the machine`);
    }
  } finally {
    folder.remove();
  }
  const place = ({ dataset }) => sections.indexOf(dataset);
  results.loads.sort((a, b) => place(a) - place(b));
  return results;
}

function text(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  ')).join('\n');
}
