#!/usr/bin/env node
// Starts Halyard on Bun, which comes as an npm dependency, or on the running Node with HALYARD_RUNTIME=node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary, bunOptions } from './bun.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src', 'cli', 'main.ts');
const built = join(root, 'dist', 'cli', 'main.js');

const runtime = process.env.HALYARD_RUNTIME || 'bun';
if (runtime !== 'node' && runtime !== 'bun') {
  console.error(`halyard: HALYARD_RUNTIME is ${JSON.stringify(runtime)}: must be bun (which is the default) or node.`);
  process.exit(1);
}
if (runtime === 'node') {
  if (existsSync(source)) (await import('../scripts/lib/build-if-stale.mjs')).buildIfStale();
  createRequire(import.meta.url)(built);
} else {
  // Neither variables from a file that lies around, nor packages that are fetched when an extension asks for them.
  const main = existsSync(source) ? source : built;
  runOnBun(['--no-env-file', '--no-install', ...bunOptions, main, ...process.argv.slice(2)]);
}

/** Bun takes the place of this process where Node can do that; elsewhere it runs beside it and gets its signals. */
function runOnBun(args) {
  const bun = findBun();
  // The heap may grow by 0.8 of what is in use before it is collected, not triple: 10 to 18 MiB less at the peak, for up to 5 %
  // of the CPU time of the smallest replies (docs/performance/collection.md).
  // Bun ends at an option that it does not know: that is why package.json names one version of it.
  const env = { BUN_JSC_heapGrowthMaxIncrease: '0.8', ...process.env };
  if (process.execve !== undefined && process.platform !== 'win32') process.execve(bun, [bun, ...args], env);
  // Bun looks whether this process is still there: when it is killed, nothing tells Bun to stop.
  const child = spawn(bun, args, { stdio: 'inherit', env: { ...env, HALYARD_LAUNCHER: String(process.pid) } });
  let signalled = false;
  const pass = (signal) => {
    signalled = true;
    child.kill(signal);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => pass(signal));
  const own = Number(process.env.HALYARD_LAUNCHER) || undefined;
  // A second signal would cut a stop short.
  const look = () => !signalled && process.ppid !== own && pass('SIGTERM');
  if (own !== undefined) setInterval(look, 1_000).unref();
  child.on('error', (error) => {
    console.error(`halyard: Bun could not be started (${error.message}). Set HALYARD_RUNTIME=node to run on Node.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    // As shells say it: who looks at the status alone learns what happened.
    if (signal !== null) console.error(`halyard: ended by ${signal}`);
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

function findBun() {
  try {
    return bunBinary();
  } catch (error) {
    console.error(`halyard: ${error.message}.`);
    process.exit(1);
  }
}
