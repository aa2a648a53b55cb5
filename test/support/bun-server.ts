import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './wait.ts';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));

/** Runs `script serve …` on Bun: a small server of a test, which prints `port N` once it listens. */
export async function startOnBun(
  script: URL,
  ...args: string[]
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const child = spawn(bun, [fileURLToPath(script), 'serve', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const match = await eventually('the port', () => /port (\d+)/.exec(output));
  return {
    port: Number(match[1]),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
