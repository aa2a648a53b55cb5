import { readFileSync } from 'node:fs';
import type { Environment } from '../config/option.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { asksForFlagsmith } from './asks-for-flagsmith.ts';
import { type EdgeCommandLine, findEdgeCommand, readEdgeArguments } from './edge-arguments.ts';
import { loadFlagsmithConfig } from './flagsmith-config.ts';
import { asksForEdge, asksForProxyBesideEdge, chooseMode, modeOf } from './mode.ts';
import { sharedAddress } from './shared-address.ts';

/** Where a server says how it is. */
export interface CheckedServer {
  readonly healthUrl: string;
  readonly readyUrl: string;
  /** True where readiness is a word in the body and not only the status. */
  readonly tellsReadiness: boolean;
}

/** The addresses of a server of Unleash Edge mode. Segments are put behind the given URL, so that a base path works. */
export function edgeServer(edgeUrl: string): CheckedServer {
  const backstage = `${edgeUrl.replace(/\/+$/, '')}/internal-backstage`;
  return { healthUrl: `${backstage}/health`, readyUrl: `${backstage}/ready`, tellsReadiness: true };
}

/**
 * The server that the environment, and its command line where that is known, have started on this machine: a check
 * inside a container finds it in every mode without being told. Nothing known: Edge on its usual port.
 *
 * @param args command line of the server, undefined when it is not known
 * @throws Error for a server on a socket path; else what the server itself would have refused
 */
export function localServer(args: readonly string[] | undefined, environment: Environment): CheckedServer {
  const words = args ?? [];
  if (asksForEdge(words, environment)) return edgeBeside(words, environment);
  const mode = modeOf(words[0] ?? '') ?? chooseMode(environment);
  switch (mode) {
    case 'flagsmith':
      return flagsmithServer(environment);
    case 'both': {
      const proxy = proxyConfig(environment);
      const flagsmith = loadFlagsmithConfig(environment, silent);
      const { host, port } = sharedAddress({ proxy, flagsmith, edge: undefined }, environment);
      return proxyServer(host, port, proxy.proxyBasePath);
    }
    default: {
      if (mode !== 'proxy' && args === undefined) return edgeServer('http://localhost:3063');
      const { host, port, proxyBasePath } = proxyConfig(environment);
      return proxyServer(host, port, proxyBasePath);
    }
  }
}

/** Edge, alone or on one port with others. */
function edgeBeside(words: readonly string[], environment: Environment): CheckedServer {
  const line: EdgeCommandLine = findEdgeCommand(words) ?? { command: 'edge', before: words, after: [] };
  const { server } = readEdgeArguments(line, environment);
  const proxy = asksForProxyBesideEdge(environment) ? proxyConfig(environment) : undefined;
  const flagsmith = asksForFlagsmith(environment) ? loadFlagsmithConfig(environment, silent) : undefined;
  const alone = proxy === undefined && flagsmith === undefined;
  const edge = { settings: server };
  const { host, port } = alone
    ? { host: server.interface, port: server.port }
    : sharedAddress({ proxy, flagsmith, edge }, environment);
  return edgeServer(origin(host, port) + server.basePath);
}

const silent = () => undefined;
const noLog = { debug: silent, info: silent, warn: silent, error: silent, fatal: silent };

/** What the settings say about where to listen. What a server needs besides is not asked for. */
function proxyConfig(environment: Environment) {
  const given = { unleashUrl: 'http://unused', unleashApiToken: 'unused', clientKeys: ['unused'], logger: noLog };
  return createProxyConfig(given, environment);
}

function proxyServer(host: string | undefined, port: number | string, basePath: string): CheckedServer {
  const healthUrl = `${origin(host, port)}${basePath}/proxy/health`;
  return { healthUrl, readyUrl: healthUrl, tellsReadiness: false };
}

function flagsmithServer(environment: Environment): CheckedServer {
  const { host, port } = loadFlagsmithConfig(environment, silent).edgeProxy.server;
  const health = `${origin(host, port)}/proxy/health`;
  return { healthUrl: `${health}/liveness`, readyUrl: `${health}/readiness`, tellsReadiness: false };
}

/** How this machine reaches an address that a server listens on. */
function origin(host: string | undefined, port: number | string): string {
  if (typeof port === 'string') {
    throw new Error(`The server listens on the socket ${port}, where it cannot be checked: name a URL with --edge-url`);
  }
  if (host === undefined || host === '::') return `http://localhost:${port}`;
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The arguments of the Halyard that is process 1, as in a container without an init program of its own, or that such
 * a program was given to run; undefined when there is none, or no such information on this system.
 */
export function firstProcessArguments(read = readFirstProcess): readonly string[] | undefined {
  const words = read().split('\0').slice(0, -1);
  const program = words.findIndex((word) => /(^|\/)(halyard(\.mjs)?|unleash-edge|cli\/main\.(ts|js))$/.test(word));
  return program < 0 ? undefined : words.slice(program + 1);
}

function readFirstProcess(): string {
  try {
    return readFileSync('/proc/1/cmdline', 'utf8');
  } catch {
    return '';
  }
}
