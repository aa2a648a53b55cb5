// node bench/streams.mjs [--streams 5000] [--rounds 5] [--runtimes bun,node]
// Opens many streams on one process, and measures what they cost over idle and how long an update takes to reach all.
// Exits with 1 when a bound does not hold.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const bounds = { megabytesOverIdle: 150, updateMs: 2_000 };
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    runtimes: { type: 'string', default: 'bun,node' },
  },
});
const count = Number(values.streams);
const rounds = Number(values.rounds);
const folder = dirname(fileURLToPath(import.meta.url));
const bun = join(folder, '..', 'node_modules', '.bin', 'bun');
const source = join(folder, 'streams', 'server.ts');
const scopes = ['*', 'one', 'two', 'three'];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Both ends are on this machine, so both need a file per stream.
if (Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) < count + 200) {
  console.error(`Too few open files are allowed for ${count} streams: raise "ulimit -n" first`);
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), 'halyard-streams-'));
let holds = true;
try {
  for (const runtime of values.runtimes.split(',')) {
    const figures = await measure(runtime);
    console.log(JSON.stringify(figures));
    holds &&= figures.megabytesOverIdle < bounds.megabytesOverIdle && figures.slowestUpdateMs < bounds.updateMs;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(holds ? 'All bounds hold.' : `A bound does not hold: ${JSON.stringify(bounds)}`);
process.exit(holds ? 0 : 1);

function command(runtime) {
  if (runtime === 'bun') return [bun, [source]];
  const bundle = join(work, 'server.cjs');
  const built = spawnSync(bun, ['build', '--target=node', '--format=cjs', `--outfile=${bundle}`, source], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('The server could not be bundled for Node');
  return [process.execPath, ['--expose-gc', bundle]];
}

async function measure(runtime) {
  const [program, args] = command(runtime);
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets = [];
  try {
    const port = await new Promise((resolve, reject) => {
      let output = '';
      server.stdout.on('data', (chunk) => {
        output += chunk;
        const match = /port (\d+)/.exec(output);
        if (match) resolve(Number(match[1]));
      });
      server.on('exit', () => reject(new Error('The server ended')));
    });
    const ask = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
    await ask('/memory');
    await sleep(500);
    const idle = await ask('/memory');

    const clients = [];
    const begun = performance.now();
    for (let index = 0; index < count; index++) {
      clients.push(openStream(port, scopes[index % scopes.length], sockets));
      if (index % 100 === 99) await clients.at(-1).seen(1);
    }
    await Promise.all(clients.map((client) => client.seen(1)));
    const openMs = performance.now() - begun;
    await sleep(1_000);
    const open = await ask('/memory');

    const updates = [];
    const handedOver = [];
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      const asked = ask('/change');
      const all = Promise.all(clients.map((client) => client.seen(round + 2)));
      handedOver.push((await asked).handedOverMs);
      await all;
      updates.push(performance.now() - started);
      await sleep(300);
    }
    const after = await ask('/memory');
    const most = Math.max(open.residentBytes, after.residentBytes);
    return {
      runtime,
      streams: open.open,
      idleMegabytes: round(idle.residentBytes / 1e6),
      megabytesOverIdle: round((most - idle.residentBytes) / 1e6),
      kilobytesPerStream: round((most - idle.residentBytes) / 1e3 / count),
      openMs: round(openMs),
      handedOverMs: handedOver.map(round),
      updatesMs: updates.map(round),
      slowestUpdateMs: round(Math.max(...updates)),
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    server.kill('SIGKILL');
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
  socket.write(`GET /stream?project=${project} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
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
