// Opens many streams on one process of `halyard edge --streaming`, and measures what they cost over idle and how long a
// change upstream takes to reach them.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { freePort } from '../lib/http.mjs';
import { largest, quantile } from '../lib/statistics.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const projects = ['one', 'two', 'three'];
const scopes = ['*', ...projects];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The resident memory of a process, in bytes. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** An upstream with one stream, and definitions in which every project has a flag that tells the revision. */
async function startUpstream(flags) {
  let revision = 1;
  const streams = new Set();
  const flag = (n) => ({
    name: `flag-${n}`,
    enabled: n !== 0 || revision % 2 === 0,
    project: projects[n % 3],
    strategies: [
      { name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'default', groupId: `flag-${n}` } },
    ],
    description: n < 3 ? `revision-${revision}.` : 'A flag of the benchmark',
  });
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.url.startsWith('/api/client/streaming')) {
        const features = Array.from({ length: flags }, (_, n) => flag(n));
        const hydration = { type: 'hydration', eventId: revision, features, segments: [] };
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(`event: unleash-connected\ndata: ${JSON.stringify({ events: [hydration] })}\n\n`);
        streams.add(response);
        return;
      }
      if (request.url !== '/edge/validate') return response.writeHead(202).end();
      const tokens = JSON.parse(body).tokens.map((token) => ({
        token,
        type: 'client',
        environment: 'development',
        projects: [token.split(':')[0]],
      }));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ tokens }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    change() {
      revision++;
      const events = [0, 1, 2].map((n) => ({ type: 'feature-updated', eventId: revision * 3 + n, feature: flag(n) }));
      for (const stream of streams) stream.write(`event: unleash-updated\ndata: ${JSON.stringify({ events })}\n\n`);
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Measures one runtime. Both ends are on this machine, so both need a file per stream.
 *
 * @param options `count` streams, `rounds` changes, `flags` of which three change each time; the server's core
 */
export async function measureStreams(runtime, { count, rounds, flags, serverCore }) {
  if (Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) < count + 200) {
    throw new Error(`too few open files are allowed for ${count} streams: raise "ulimit -n" first`);
  }
  const upstream = await startUpstream(flags);
  const port = await freePort();
  const args = ['edge', '--strict', '--streaming', '--upstream-url', upstream.url, '--tokens', '*:development.bench'];
  const main = join(root, 'src', 'cli', 'main.ts');
  const [program, start] =
    runtime === 'bun'
      ? [bunBinary(), ['--no-env-file', '--no-install', main]]
      : [process.execPath, [join(root, 'bin', 'halyard.mjs')]];
  const env = { PATH: process.env.PATH, HALYARD_RUNTIME: runtime, PORT: String(port), INTERFACE: '127.0.0.1' };
  const server = spawn('taskset', ['-c', String(serverCore), program, ...start, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const sockets = [];
  try {
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/internal-backstage/ready`)).status === 200;
    for (let tries = 0; !(await ready().catch(() => false)); tries++) {
      if (tries > 600) throw new Error('The server did not start');
      await sleep(50);
    }
    await sleep(2_000);
    const idleBytes = resident(server.pid);

    const clients = [];
    const begun = performance.now();
    for (let index = 0; index < count; index++) {
      clients.push(openStream(port, scopes[index % scopes.length], sockets));
      if (index % 100 === 99) await clients.at(-1).seen(1);
    }
    await Promise.all(clients.map((client) => client.seen(1)));
    const openMs = performance.now() - begun;
    await sleep(1_000);
    const openBytes = resident(server.pid);

    const latenciesMs = [];
    const slowestMs = [];
    for (let turn = 0; turn < rounds; turn++) {
      const changed = performance.now();
      upstream.change();
      const arrivals = await Promise.all(clients.map((client) => client.seen(turn + 2)));
      const took = arrivals.map((at) => at - changed);
      latenciesMs.push(...took);
      slowestMs.push(largest(took));
      await sleep(500);
    }
    const mostBytes = Math.max(openBytes, resident(server.pid));
    return {
      runtime,
      streams: count,
      flags,
      idleMegabytes: round(idleBytes / 1e6),
      megabytesOverIdle: round((mostBytes - idleBytes) / 1e6),
      kilobytesPerStream: round((mostBytes - idleBytes) / 1e3 / count),
      openMs: round(openMs),
      p50Ms: round(quantile(latenciesMs, 0.5)),
      p99Ms: round(quantile(latenciesMs, 0.99)),
      slowestMs: slowestMs.map(round),
      maxMs: round(largest(slowestMs)),
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.kill('SIGKILL');
    upstream.close();
  }
}

/** Follows a stream on a bare socket: an HTTP client per stream would measure the client. */
function openStream(port, project, sockets) {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let revision = 0;
  let arrivedAt = 0;
  let rest = '';
  const waiting = [];
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (const match of rest.matchAll(/revision-(\d+)\./g)) {
      if (Number(match[1]) <= revision) continue;
      revision = Number(match[1]);
      arrivedAt = performance.now();
    }
    rest = rest.slice(-30);
    for (const waiter of waiting.splice(0)) {
      if (revision >= waiter.revision) waiter.resolve(arrivedAt);
      else waiting.push(waiter);
    }
  });
  const head = `GET /api/client/streaming HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${project}:development.bench`;
  socket.write(`${head}\r\n\r\n`);
  return {
    /** Resolves with the moment at which this or a later revision came. */
    seen: (wanted) =>
      revision >= wanted
        ? Promise.resolve(arrivedAt)
        : new Promise((resolve) => {
            waiting.push({ revision: wanted, resolve });
          }),
  };
}

function round(value) {
  return Math.round(value * 10) / 10;
}
