/** Real Redis servers for tests: single, Cluster and Sentinel, on free ports, in directories of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './ports.ts';
import { eventually } from './wait.ts';

/** A failover takes seconds, and half a minute more where a Sentinel found the machine too slow to be trusted. */
export const failoverMs = 120_000;

export interface RedisServer {
  readonly port: number;
  readonly directory: string;
  /** Ends the server the hard way, as a crash would. */
  kill(): Promise<void>;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers. `config` is lines of its configuration. */
export async function startRedis(config: readonly string[] = [], given: { port?: number } = {}): Promise<RedisServer> {
  const port = given.port ?? (await freePort());
  const listens = config.some((line) => line.startsWith('tls-port')) ? [] : [`port ${port}`];
  return start([...listens, 'save ""', 'appendonly no', ...config], port);
}

/** Starts a Sentinel that watches `master`. */
export async function startSentinel(masterPort: number, config: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  return start(
    [
      `port ${port}`,
      `sentinel monitor mymaster 127.0.0.1 ${masterPort} 2`,
      // Not sooner: a master that had to wait for its turn of the processor is not dead.
      'sentinel down-after-milliseconds mymaster 1500',
      'sentinel failover-timeout mymaster 2000',
      ...config,
    ],
    port,
    true,
  );
}

/** Gives a server a replica, and three Sentinels that know both and each other. */
export async function addSentinels(
  master: RedisServer,
  started: (server: RedisServer) => RedisServer,
): Promise<{ readonly replica: RedisServer; readonly sentinels: readonly RedisServer[] }> {
  const replica = started(await startRedis([`replicaof 127.0.0.1 ${master.port}`]));
  await eventually('replication', async () =>
    (await command(replica.port, 'info', 'replication')).includes('master_link_status:up'),
  );
  const sentinels: RedisServer[] = [];
  for (let count = 0; count < 3; count++) sentinels.push(started(await startSentinel(master.port)));
  for (const { port } of sentinels) {
    await eventually('the Sentinels to know each other', async () => {
      const known = await command(port, 'sentinel', 'master', 'mymaster');
      return known.includes('num-slaves,1') && known.includes('num-other-sentinels,2');
    });
  }
  return { replica, sentinels };
}

/** Starts three nodes that share the slots, without replicas. */
export async function startCluster(config: readonly string[] = []): Promise<RedisServer[]> {
  const lines = ['cluster-enabled yes', 'cluster-node-timeout 15000', 'cluster-require-full-coverage no', ...config];
  // Nodes talk with each other on a second port, 10,000 higher.
  const startNode = async () => startRedis(lines, { port: await freePort(10_000) });
  const nodes = [await startNode(), await startNode(), await startNode()];
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' });
  for (const node of nodes) {
    await eventually('the cluster', async () => (await command(node.port, 'cluster', 'info')).includes('state:ok'));
  }
  return nodes;
}

/** Runs one command without any of the code under test but the client library. */
export async function command(port: number, name: string, ...args: string[]): Promise<string> {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return String(await client.call(name, ...args));
  } finally {
    client.disconnect();
  }
}

async function start(config: readonly string[], port: number, sentinel = false): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), 'halyard-redis-'));
  const file = join(directory, 'server.conf');
  writeFileSync(
    file,
    [`dir ${directory}`, 'bind 127.0.0.1', 'daemonize no', 'protected-mode no', ...config, ''].join('\n'),
  );
  const child = spawn('redis-server', sentinel ? [file, '--sentinel'] : [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const kill = () => ended(child);
  await eventually(`redis-server on port ${port}`, () => {
    if (child.exitCode !== null) throw new Error(output);
    return /Ready to accept connections|\+monitor|Sentinel ID/.test(output);
  });
  return {
    port,
    directory,
    kill,
    async stop() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
