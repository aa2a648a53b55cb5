// `npm run test:edge`: compares Halyard with the real Unleash Edge and writes docs/comparison-with-unleash-edge.md.
// Builds the real one when it is absent, which takes about twenty minutes once. Arguments go to vitest; the page is only
// written by a whole run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cargoComponents, hasComponent, installComponents } from './lib/components.mjs';
import { edgeComparisonPage } from './lib/edge-comparison-page.mjs';
import { root } from './lib/set-up.mjs';

const page = join(root, 'docs', 'comparison-with-unleash-edge.md');
const asked = process.argv.slice(2);

if (!hasComponent('unleash-edge')) console.log('Building the real Unleash Edge. This takes about twenty minutes.');
installComponents(['unleash-edge', 'redis']);
const folder = mkdtempSync(join(tmpdir(), 'halyard-edge-'));
const tally = join(folder, 'tally.jsonl');
try {
  node(['scripts/build.mjs']);
  writeFileSync(tally, '');
  const env = { ...process.env, HALYARD_REQUIRE_EDGE: 'true', HALYARD_EDGE_TALLY: tally };
  node(['node_modules/vitest/vitest.mjs', 'run', ...(asked.length > 0 ? asked : ['test/unleash-edge'])], env);
  if (asked.length === 0) {
    const lines = readFileSync(tally, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { crate, version: number } = cargoComponents['unleash-edge'];
    const version = `${crate} ${number}`;
    const { intendedDifferences } = await readIntended();
    writeFileSync(page, edgeComparisonPage({ lines, version, intendedDifferences, date: new Date() }));
    console.log(`\nWritten: ${page}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The list is TypeScript; Bun reads it as it is. */
async function readIntended() {
  const { bunBinary } = await import('../bin/bun.mjs');
  const list = join(root, 'test/unleash-edge/intended-differences.ts');
  const code = `console.log(JSON.stringify((await import(${JSON.stringify(list)})).intendedDifferences))`;
  const done = spawnSync(bunBinary(), ['-e', code], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${list} cannot be read: ${done.stderr}`);
  return { intendedDifferences: JSON.parse(done.stdout) };
}

function node(args, env = process.env) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) process.exit(status ?? 1);
}
