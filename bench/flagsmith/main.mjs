// The Flagsmith part of `npm run bench`: measures its API and writes flagsmith.md, .svg and .json.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { firstLine, machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import { generatorOf, keepAwake } from '../load/awake.mjs';
import { largeDocuments } from './large-documents.mjs';
import { measureLoad } from './load.mjs';
import { checkMustHold } from './must-hold.mjs';
import { chart, markdown, tables } from './report.mjs';
import { subjects } from './subjects.mjs';
import { measureSwap } from './swap.mjs';
import { warmupTimes } from './turns.mjs';
import { comparedSets, datasets } from './workloads.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Measures and writes into `out`. @returns false when requests failed, or something does not hold and that is asked for */
export async function runFlagsmithBenchmark(options, out, say) {
  const file = (extension) => join(out, `flagsmith.${extension}`);
  const results = await measure(options, say);
  const checks = checkMustHold(results);
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const rows of Object.values(tables(results, checks))) console.log(`\n${text(rows)}`);
  const failed = [...results.loads, ...results.compared, ...results.swaps].some((row) => row.failed > 0);
  if (failed) console.error('Requests failed: the run does not count.');
  return !failed && !(options.check && checks.some(({ ok }) => ok === false));
}

async function measure(options, say) {
  const folder = scratchFolder(join(root, '.bench'));
  const generator = keepAwake(folder.path, options, say);
  const run = { options, scratch: folder.path, say, awake: generator.library };
  const bun = firstLine(bunBinary(), ['--version']);
  const halyard = firstLine('git', ['describe', '--always', '--dirty'], { cwd: root });
  const { rounds, seconds, warmup, swaps, connections } = options;
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: `Halyard ${halyard}, Bun ${bun}, Node ${process.versions.node}`,
    settings: { rounds, seconds, warmup, swaps, connections, loadGenerator: generatorOf(generator) },
    foreignLoad: {},
    loads: [],
    compared: [],
    swaps: [],
  };
  const watched = async (section, act) => {
    const foreignLoad = watchForeignLoad();
    await act();
    results.foreignLoad[section] = foreignLoad();
    say(`${section}: other programs used ${(results.foreignLoad[section] * 100).toFixed(1)} % of the machine`);
  };
  try {
    if (options.sections.includes('load')) {
      for (const name of Object.keys(datasets)) {
        await watched(name, async () => results.loads.push(...(await measureLoad([name], run))));
      }
      // Besides the rows above, not instead: processes that idle while so many others are loaded give memory back.
      const only = subjects.filter(({ limit }) => !limit).map(({ id }) => id);
      const inTurns = { ...run, only, options: { ...options, warmup: warmupTimes * warmup } };
      for (const sets of comparedSets) {
        const section = `${sets.join(', ')} in turns`;
        await watched(section, async () => results.compared.push(...(await measureLoad(sets, inTurns))));
      }
    }
    if (options.sections.includes('swap')) {
      await watched('swap', async () => {
        for (const large of Object.keys(largeDocuments)) {
          for (const subject of subjects.filter(({ limit }) => !limit)) {
            results.swaps.push(await measureSwap(subject, large, run));
          }
        }
      });
    }
  } finally {
    folder.remove();
  }
  return results;
}

function text(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join('  ')).join('\n');
}
