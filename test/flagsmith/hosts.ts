import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { listenOnNode } from '../../src/http/hosts/node.ts';
import { eventually } from '../support/wait.ts';
import { startFlagsmith } from './server.ts';

/** A started server. */
export interface Started {
  readonly port: number;
  stop(): Promise<void>;
}

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
const script = fileURLToPath(new URL('./server.ts', import.meta.url));

/** Starts the Flagsmith part on either runtime, configured by environment variables. */
export const hosts: Readonly<Record<string, (environment: Record<string, string>) => Promise<Started>>> = {
  async Node(environment) {
    const listening = await startFlagsmith(listenOnNode, environment);
    return { port: listening.port as number, stop: () => listening.close(100) };
  },
  async Bun(environment) {
    const child = spawn(bun, [script, 'serve'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
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
  },
};
