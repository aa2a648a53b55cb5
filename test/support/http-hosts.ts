/** All ways in which Halyard listens: with HTTP of its own on a runtime's sockets, and with the runtime's server. */
import { fileURLToPath } from 'node:url';
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import { startOnBun } from './bun-server.ts';

interface Host {
  readonly runtime: 'Node' | 'Bun';
  readonly isOwn: boolean;
  /** Loaded late: the other runtime's cannot be. */
  readonly load: () => Promise<Listen>;
}

const hosts = {
  "Node's sockets": {
    runtime: 'Node',
    isOwn: true,
    load: async () => (await import('../../src/http/hosts/wire-node.ts')).listenOnNodeSockets,
  },
  "Bun's sockets": {
    runtime: 'Bun',
    isOwn: true,
    load: async () => (await import('../../src/http/hosts/wire-bun.ts')).listenOnBunSockets,
  },
  "Node's server": {
    runtime: 'Node',
    isOwn: false,
    load: async () => (await import('../../src/http/hosts/node.ts')).listenOnNode,
  },
  "Bun's server": {
    runtime: 'Bun',
    isOwn: false,
    load: async () => (await import('../../src/http/hosts/bun.ts')).listenOnBun,
  },
} satisfies Record<string, Host>;

export type HostName = keyof typeof hosts;

export const hostNames = Object.keys(hosts) as HostName[];
export const ownHostNames = hostNames.filter((name) => hosts[name].isOwn);

/** A server that a test talks to. */
export interface StartedServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Opens a test's server with the means that it is given; more arguments come from the test. */
export type StartServer = (listen: Listen, ...args: string[]) => Promise<Listening>;

/**
 * Starts a test's server on a host: in this process on Node, as one of its own on Bun.
 *
 * @param script where `start` comes from; it ends with {@link serveIfAsked}
 */
export async function startOnHost(
  name: HostName,
  script: URL,
  start: StartServer,
  ...args: string[]
): Promise<StartedServer> {
  const { runtime, load } = hosts[name];
  if (runtime === 'Bun') return startOnBun(script, name, ...args);
  const listening = await start(await load(), ...args);
  return { port: listening.port as number, stop: () => listening.close(100) };
}

/** A table for `describe.each`: each host by its name, and what starts the server on it. */
export function onAllHosts(script: URL, start: StartServer): [HostName, () => Promise<StartedServer>][] {
  return hostNames.map((name) => [name, () => startOnHost(name, script, start)]);
}

/** What a server's script ends with: run as `script serve HOST …`, it starts it there and prints `port N`. */
export async function serveIfAsked(script: string, start: StartServer): Promise<void> {
  const [, program = '', command, name, ...args] = process.argv;
  if (command !== 'serve' || program !== fileURLToPath(script)) return;
  const { port } = await start(await hosts[name as HostName].load(), ...args);
  console.log(`port ${port}`);
}
