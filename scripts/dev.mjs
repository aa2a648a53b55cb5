// `npm run dev`: runs Halyard from the sources on Bun and starts it again whenever one of them changes.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bunBinary, bunOptions } from '../bin/bun.mjs';
import { root, setUp } from './lib/set-up.mjs';

setUp();
const main = join(root, 'src', 'cli', 'main.ts');
const child = spawn(bunBinary(), ['--watch', '--no-clear-screen', ...bunOptions, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`Bun could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
