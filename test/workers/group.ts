/** Looking at a group of processes from outside, and keeping it busy. */
import { Agent, request as httpRequest } from 'node:http';
import type { Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';

/** Values of one family of a Prometheus page, by labels as written. */
export function readFamily(text: string, name: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found?.[1] === name) values.set(found[2] ?? '', Number(found[3]));
  }
  return values;
}

/** Process ids by worker, once `count` workers answer. */
export function workerProcesses(server: Server, page: string, count: number): Promise<Map<string, number>> {
  return eventually(`${count} workers`, async () => {
    const { text } = await server.get(page);
    const found = readFamily(text, 'halyard_worker_process_id');
    return found.size === count ? found : undefined;
  });
}

/**
 * Resolves once `count` workers of Unleash Proxy hold definitions. Health is that of the worker which is asked: the
 * others may still answer 503 when the first is ready.
 */
export async function workersReady(server: Server, page: string, count: number): Promise<void> {
  await eventually(`definitions in ${count} workers`, async () => {
    const { text } = await server.get(page);
    return readFamily(text, 'halyard_worker_definitions_revision').size === count;
  });
}

/** Clients that ask again and again over connections that stay open. */
export interface Load {
  readonly answered: () => number;
  /** Answers that were not 200, and connections that broke. */
  readonly failures: () => readonly string[];
  stop(): Promise<void>;
}

export function startLoad(
  port: number,
  path: string,
  headers: Record<string, string>,
  { clients = 8, keepAlive = true }: { readonly clients?: number; readonly keepAlive?: boolean } = {},
): Load {
  let running = true;
  let answered = 0;
  const failures: string[] = [];
  const client = async () => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (running) {
      try {
        const status = await ask(agent, port, path, headers);
        if (status === 200) answered++;
        else failures.push(String(status));
      } catch (error) {
        failures.push((error as { code?: string }).code ?? String(error));
      }
    }
    agent.destroy();
  };
  const all = Array.from({ length: clients }, client);
  return {
    answered: () => answered,
    failures: () => failures,
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

function ask(agent: Agent, port: number, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, headers, agent }, (incoming) => {
      incoming.resume();
      incoming.on('error', reject);
      incoming.on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.setTimeout(15_000, () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
