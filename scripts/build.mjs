// Compiles src/ to dist/ (CommonJS with type declarations), which Node runs and which the package publishes.
// CommonJS, because existing `require('…/dist/app')` calls must keep working; ES modules import the same files.
// The result is put in place by renaming, so that a process which starts meanwhile never meets half of it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameCompiledFiles } from './lib/declarations.mjs';
import { copySwaggerUi } from './lib/swagger-ui.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
const dist = join(root, 'dist');
const fresh = join(root, '.cache', `dist-${process.pid}`);
const old = join(root, '.cache', `dist-old-${process.pid}`);

mkdirSync(join(root, '.cache'), { recursive: true });
const compiler = join(typescript, 'bin', 'tsc');
const done = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', fresh], {
  cwd: root,
  stdio: 'inherit',
});
if (done.status === 0) {
  writeFileSync(join(fresh, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
  nameCompiledFiles(fresh);
  copySwaggerUi(fresh);
  putInPlace();
}
for (const directory of [fresh, old]) rmSync(directory, { recursive: true, force: true });
process.exit(done.status ?? 1);

/** Two builds may end at once: the later one takes the place of the other. */
function putInPlace() {
  for (;;) {
    rmSync(old, { recursive: true, force: true });
    try {
      if (existsSync(dist)) renameSync(dist, old);
      return renameSync(fresh, dist);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
  }
}
