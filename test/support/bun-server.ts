import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from './wait.ts';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));

/** Runs `script serve` on Bun: a small server of a test, which prints `port N` once it listens. */
export async function startOnBun(script: URL): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const child = spawn(bun, [fileURLToPath(script), 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  const match = await eventually('the port', () => /port (\d+)/.exec(output));
  return {
    port: Number(match[1]),
    stop: async () => {
      child.kill('SIGKILL');
    },
  };
}
