// node bench/streams.mjs [--streams 5000] [--rounds 5] [--flags 350] [--runtimes bun,node]
// Opens many streams on one process of `halyard edge --streaming`, and measures what they cost over idle and how long a
// change upstream takes to reach all. Exits with 1 when a bound does not hold.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bunBinary } from '../bin/bun.mjs';

const bounds = { megabytesOverIdle: 150, updateMs: 2_000 };
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    flags: { type: 'string', default: '350' },
    runtimes: { type: 'string', default: 'bun,node' },
  },
});
const count = Number(values.streams);
const rounds = Number(values.rounds);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const projects = ['one', 'two', 'three'];
const scopes = ['*', ...projects];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Both ends are on this machine, so both need a file per stream.
if (Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) < count + 200) {
  console.error(`Too few open files are allowed for ${count} streams: raise "ulimit -n" first`);
  process.exit(2);
}

let holds = true;
for (const runtime of values.runtimes.split(',')) {
  const figures = await measure(runtime);
  console.log(JSON.stringify(figures));
  holds &&= figures.megabytesOverIdle < bounds.megabytesOverIdle && figures.slowestUpdateMs < bounds.updateMs;
}
console.log(holds ? 'All bounds hold.' : `A bound does not hold: ${JSON.stringify(bounds)}`);
process.exit(holds ? 0 : 1);

/** The resident memory of a process, in bytes. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** An upstream with one stream, and definitions in which every project has a flag that tells the revision. */
async function startUpstream() {
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
        const features = Array.from({ length: Number(values.flags) }, (_, n) => flag(n));
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

async function measure(runtime) {
  const upstream = await startUpstream();
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const args = ['edge', '--strict', '--streaming', '--upstream-url', upstream.url, '--tokens', '*:development.bench'];
  const main = join(root, 'src', 'cli', 'main.ts');
  const [program, start] =
    runtime === 'bun'
      ? [bunBinary(), ['--no-env-file', '--no-install', main]]
      : [process.execPath, [join(root, 'bin', 'halyard.mjs')]];
  const env = { PATH: process.env.PATH, HALYARD_RUNTIME: runtime, PORT: String(port), INTERFACE: '127.0.0.1' };
  const server = spawn(program, [...start, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
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

    const updates = [];
    for (let turn = 0; turn < rounds; turn++) {
      const changed = performance.now();
      upstream.change();
      await Promise.all(clients.map((client) => client.seen(turn + 2)));
      updates.push(performance.now() - changed);
      await sleep(500);
    }
    const mostBytes = Math.max(openBytes, resident(server.pid));
    return {
      runtime,
      streams: count,
      flags: Number(values.flags),
      idleMegabytes: round(idleBytes / 1e6),
      megabytesOverIdle: round((mostBytes - idleBytes) / 1e6),
      kilobytesPerStream: round((mostBytes - idleBytes) / 1e3 / count),
      openMs: round(openMs),
      updatesMs: updates.map(round),
      slowestUpdateMs: round(Math.max(...updates)),
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
  let rest = '';
  const waiting = [];
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (const match of rest.matchAll(/revision-(\d+)\./g)) revision = Math.max(revision, Number(match[1]));
    rest = rest.slice(-30);
    for (const waiter of waiting.splice(0)) {
      if (revision >= waiter.revision) waiter.resolve();
      else waiting.push(waiter);
    }
  });
  const head = `GET /api/client/streaming HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${project}:development.bench`;
  socket.write(`${head}\r\n\r\n`);
  return {
    seen: (wanted) =>
      revision >= wanted
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ revision: wanted, resolve });
          }),
  };
}

function round(value) {
  return Math.round(value * 10) / 10;
}
