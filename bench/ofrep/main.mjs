// The part of `npm run bench` about OpenFeature's bulk evaluation: what it costs beside the mode's own route, and what
// explanations and the status page cost while nobody uses them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchForeignLoad } from '../lib/foreign-load.mjs';
import { firstLine, machine } from '../lib/machine.mjs';
import { scratchFolder } from '../lib/stage.mjs';
import { generatorOf, keepAwake } from '../load/awake.mjs';
import { measureBare, measureBulk } from './measure.mjs';
import { modes, sets } from './modes.mjs';
import { markdown } from './report.mjs';
import { measureUnused } from './unused.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bulkTarget = 0.85;
/** Half of what single rounds differ by. */
const unusedTarget = 0.97;
const allRuntimes = ['bun', 'node'];
const titles = { bun: 'Bun', node: 'Node' };

/**
 * Measures both runtimes and writes ofrep.md and .json into `out`. With only one of them chosen, what was recorded there
 * for the other one stays.
 *
 * @returns false when a measurement failed, or a bound does not hold and that is asked for
 */
export async function runOfrepBenchmark(options, out, say) {
  const file = join(out, 'ofrep.json');
  const runtimes = allRuntimes.filter((runtime) => options.subjects.includes(`halyard-${runtime}`));
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const kept = (list = []) => list.filter(({ runtime }) => !runtimes.includes(runtime));
  const runs = kept(before.runs);
  const folder = scratchFolder(join(root, '.bench'));
  const generator = keepAwake(folder.path, options, say);
  const measuring = { options, folder: folder.path, say, awake: generator.library };
  const rows = kept(before.rows);
  const unused = kept(before.unused);
  const bare = kept(before.bare);
  try {
    for (const runtime of runtimes) {
      const foreignLoad = watchForeignLoad();
      for (const [name, mode] of Object.entries(modes)) {
        for (const set of mode.sets) rows.push(await measureBulk(name, set, runtime, measuring));
      }
      bare.push(await measureBare(runtime, sizesOf(rows, runtime), measuring));
      unused.push(await measureUnused(runtime, measuring));
      const version = firstLine('git', ['describe', '--always', '--dirty'], { cwd: root });
      runs.push({
        ...{ runtime, date: new Date().toISOString().slice(0, 10), version, foreignLoad: foreignLoad() },
        loadGenerator: generatorOf(generator),
      });
    }
  } finally {
    folder.remove();
  }
  const { rounds, seconds, connections } = options;
  const results = {
    machine: machine(),
    settings: { rounds, seconds, connections },
    runs: inOrder(runs),
    rows: inOrder(rows),
    bare: inOrder(bare),
    unused: inOrder(unused),
  };
  const checks = checksOf(results);
  writeFileSync(file, `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(join(out, 'ofrep.md'), markdown(results, checks));
  for (const { claim, target, measured, ok } of checks) {
    console.log(`${ok ? 'pass' : 'FAIL'}  ${claim}: ${measured} (${target})`);
  }
  const failed = [...rows, ...bare, ...unused].reduce((total, row) => total + row.failed, 0);
  if (failed > 0) console.error('Requests failed: the run does not count.');
  return failed === 0 && !(options.check && checks.some(({ ok }) => !ok));
}

const inOrder = (list) => [...list].sort((a, b) => allRuntimes.indexOf(a.runtime) - allRuntimes.indexOf(b.runtime));

/** Lengths of replies that hold as long as the flags: of the mode's own route, and of OpenFeature's. */
function sizesOf(rows, runtime) {
  const { loads } = rows.find((row) => row.mode === 'edge' && row.set === 'fixed' && row.runtime === runtime);
  const of = (name) => loads.find(({ kind }) => kind === name).replyBytes;
  return { get: of('native GET'), post: of('OFREP bulk') };
}

function checksOf({ rows, unused }) {
  const check = (claim, value, bound) => ({
    claim,
    target: `≥ ${bound}`,
    measured: value.toFixed(2),
    ok: value >= bound,
  });
  return [
    ...rows.flatMap(({ mode, set, runtime, ratios }) => {
      const where = `${titles[runtime]}, ${modes[mode].title}, flags ${sets[set]}`;
      return [
        check(`${where}: bulk evaluation beside the mode's own GET`, ratios.bulkToGet, bulkTarget),
        ...(ratios.notModifiedToGet === undefined
          ? []
          : [check(`${where}: the same, 304`, ratios.notModifiedToGet, bulkTarget)]),
        check(`${where}: bulk evaluation beside the mode's own POST, same contexts`, ratios.bulkToPost, bulkTarget),
      ];
    }),
    ...unused.flatMap(({ runtime, rows: of }) =>
      of.map(({ title, ratio }) =>
        check(`${titles[runtime]}: Edge's own GET for ${title}, unused tools on and off`, ratio, unusedTarget),
      ),
    ),
  ];
}
