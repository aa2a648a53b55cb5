/** Looking at a group of processes from outside, and keeping it busy. */
import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import type { Server } from '../support/server.ts';
import { eventually, sleep } from '../support/wait.ts';

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

/** A worker that is left waits for requests this long, in milliseconds, and then closes its connections. */
const leftAloneMs = 300;

/** Clients that ask again and again over connections that stay open. */
export interface Load {
  readonly answered: () => number;
  /** Answers that were not 200, and connections that broke while they were in use. */
  readonly failures: () => readonly string[];
  stop(): Promise<void>;
}

export function startLoad(
  port: number,
  path: string,
  headers: Record<string, string>,
  { clients = 8, keepAlive = true, pauseMs = 0 } = {},
): Load {
  let running = true;
  let answered = 0;
  const failures: string[] = [];
  const client = async () => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    let askedMs = performance.now();
    while (running) {
      // This process may have had to wait for a processor.
      const pausedMs = performance.now() - askedMs;
      askedMs = performance.now();
      try {
        const status = await ask(agent, port, path, headers);
        if (status === 200) answered++;
        else failures.push(String(status));
      } catch (error) {
        const { code = String(error) } = error as { code?: string };
        const wasLeftAlone = code === 'ECONNRESET' && pausedMs >= leftAloneMs;
        if (!wasLeftAlone) failures.push(code);
      }
      if (pauseMs > 0) await sleep(pauseMs);
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
    outgoing.setTimeout(60_000, () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Process ids of the workers below a process, whether they answer or not, once there are `count`. */
export function workersBelow(pid: number, count: number): Promise<number[]> {
  return eventually(`${count} processes of workers`, async () => {
    const found: number[] = [];
    const look = async (parent: number): Promise<void> => {
      const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
      for (const child of children.split(' ').map(Number).filter(Boolean)) {
        const environment = await readFile(`/proc/${child}/environ`, 'latin1');
        if (environment.split('\0').some((variable) => variable.startsWith('HALYARD_WORKER='))) found.push(child);
        await look(child);
      }
    };
    await look(pid);
    return found.length === count ? found : undefined;
  });
}

/** A connection that stays with the worker which took it. */
export interface Connection {
  /** Status of one request. */
  status(path: string, headers?: Record<string, string>): Promise<number>;
  close(): void;
}

/** A connection to a worker that answers now: others may be stopped. */
export async function connectToOneThatAnswers(port: number, path: string): Promise<Connection> {
  const open = (): Connection => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return {
      status: (target, headers = {}) => ask(agent, port, target, headers),
      close: () => agent.destroy(),
    };
  };
  // Which worker gets a connection is chance on Bun; on Node it is the next in turn.
  const all = Array.from({ length: 12 }, open);
  const first = await Promise.any(all.map((connection) => connection.status(path).then(() => connection)));
  for (const connection of all) if (connection !== first) connection.close();
  return first;
}

/** The parent of a process. With Bun the program that a test starts may be a launcher. */
export async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
}
