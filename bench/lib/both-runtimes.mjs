// A part of the benchmark that has one row per runtime, promises about each row, and a page of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchForeignLoad } from './foreign-load.mjs';
import { firstLine, machine } from './machine.mjs';

/**
 * Measures Bun and Node and writes `<name>.json`, `.md` and `.svg` into `out`.
 *
 * - `measure(runtime)` gives a row; one that fails is told and left out
 * - `say(row)` is called with each row
 * - `promises` are `{title, target, holds(row), show(row)}`; `about(row)`, if given, is added to their titles
 * - `markdown(results, checks)` and `chart(results)` make the page
 *
 * @param isChecked whether promises that do not hold are a failure
 * @returns false when a measurement failed, or a promise does not hold and that is asked for
 */
export async function onBothRuntimes({ name, title, measure, say, promises, about, markdown, chart }, out, isChecked) {
  const foreignLoad = watchForeignLoad();
  const rows = [];
  const problems = [];
  for (const runtime of ['bun', 'node']) {
    try {
      const row = await measure(runtime);
      rows.push(row);
      say(row, runtime);
    } catch (error) {
      problems.push(`${runtime}: ${error.message}`);
      console.error(`Not measured: ${title} on ${runtime}: ${error.message}`);
    }
  }
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    version: firstLine('git', ['describe', '--always', '--dirty']),
    foreignLoad: foreignLoad(),
    problems,
    rows,
  };
  const checks = rows.flatMap((row) =>
    promises.map((promise) => ({
      claim: `${row.runtime}: ${promise.title}${about === undefined ? '' : `, ${about(row)}`}`,
      target: promise.target,
      measured: promise.show(row),
      ok: promise.holds(row),
    })),
  );
  const file = (extension) => join(out, `${name}.${extension}`);
  writeFileSync(file('json'), `${JSON.stringify(results, undefined, 1)}\n`);
  writeFileSync(file('md'), markdown(results, checks));
  writeFileSync(file('svg'), chart(results));
  for (const { claim, target, measured, ok } of checks)
    console.log(`${claim}: ${measured} (${target}) ${ok ? 'pass' : 'FAIL'}`);
  return problems.length === 0 && !(isChecked && checks.some(({ ok }) => !ok));
}
