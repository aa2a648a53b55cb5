// `npm run build:binary`: makes one program that needs neither Node nor Bun nor any file. `-- --help` tells the options.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bunBinary, bunOptions } from '../bin/bun.mjs';
import { bunFor, targets } from './lib/bun-target.mjs';
import { thirdPartyLicences } from './lib/licences.mjs';
import { root, setUp } from './lib/set-up.mjs';
import { copySwaggerUi } from './lib/swagger-ui.mjs';

const help = `npm run build:binary -- [options]

  --target <system>   ${Object.keys(targets).join(', ')}
                      (default: this system; for others npm fetches that system's Bun)
  --outfile <path>    default: build/halyard, or build/halyard-<target>
  --help              this text

The licences of everything inside are written beside it.`;

const { values } = parseArgs({
  options: { target: { type: 'string' }, outfile: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (values.target !== undefined && !Object.hasOwn(targets, values.target)) {
  fail(`There is no target ${values.target}. Known are: ${Object.keys(targets).join(', ')}.`);
}

setUp();
const name = values.target === undefined ? 'halyard' : `halyard-${values.target}`;
const outfile = resolve(values.outfile ?? join(root, 'build', name));
mkdirSync(dirname(outfile), { recursive: true });
const draft = mkdtempSync(`${outfile}-`);
try {
  build(join(draft, 'dist'), join(draft, 'halyard'));
} finally {
  rmSync(draft, { recursive: true, force: true });
}

/** @param dist name that the embedded files are found under */
function build(dist, program) {
  copySwaggerUi(dist);
  const args = ['build', ...compileOptions(), `--asset=${dist}`, 'src/cli/main.ts', '--outfile', program];
  const { status } = spawnSync(bunBinary(), args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    return;
  }
  // Renamed into place, so that nobody ever starts half of it.
  renameSync(program, outfile);
  const licences = thirdPartyLicences(root, join(dist, 'swagger-ui'));
  writeFileSync(join(dirname(outfile), 'THIRD-PARTY-LICENCES.txt'), licences);
  console.log(`${outfile}  ${(statSync(outfile).size / 1e6).toFixed(1)} MB`);
}

function compileOptions() {
  return [
    '--compile',
    ...(values.target === undefined ? [] : foreign(values.target)),
    // Compiled ahead, Halyard listens after 35 instead of 110 ms, for 8 MB more. Names stay, for readable stacks.
    '--bytecode',
    '--format=cjs',
    '--minify-syntax',
    '--minify-whitespace',
    // What lies around in the working directory changes nothing, and nothing is fetched for an extension.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    // Of packages that extensions bring along: without it, what their package.json names is not found.
    '--compile-autoload-package-json',
    `--compile-exec-argv=${['--no-install', '--no-env-file', ...bunOptions].join(' ')}`,
    '--define=HALYARD_BINARY=true',
    // Without this, paths of the machine that builds would be part of the program.
    '--define=__dirname="/halyard"',
    '--define=__filename="/halyard/main.js"',
    '--asset=demo',
    '--asset=page',
  ];
}

function foreign(target) {
  const system = target.replace('-musl', '');
  return [`--target=bun-${target}`, ...(isThis(system) ? [] : [`--compile-executable-path=${bunFor(target, root)}`])];
}

/** The Bun that is installed here is the one for this system, unless another C library was asked for. */
function isThis(system) {
  return values.target === system && system === `${process.platform}-${process.arch}`;
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
