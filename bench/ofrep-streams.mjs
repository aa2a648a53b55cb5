// node bench/ofrep-streams.mjs [--streams 10000] [--runtimes bun,node]
// Opens many OFREP event streams on one process, changes a flag, lets every client that is told fetch all flags again
// with its entity tag, and measures what streams cost over idle and how far the fetches are spread. Exits with 1 when a
// bound does not hold.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bunBinary } from '../bin/bun.mjs';
import { freePort } from './lib/http.mjs';

const bounds = { bytesPerStream: 40_000, fetchesInBusiestTenth: 600 };
const { values } = parseArgs({
  options: { streams: { type: 'string', default: '10000' }, runtimes: { type: 'string', default: 'bun,node' } },
});
const count = Number(values.streams);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const key = '*:development.bench-frontend-secret';
const path = '/ofrep/v1/evaluate/flags';
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Both ends are on this machine, so both need a file per stream.
if (Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) < count + 500) {
  console.error(`Too few open files are allowed for ${count} streams: raise "ulimit -n" first`);
  process.exit(2);
}

let holds = true;
for (const runtime of values.runtimes.split(',')) {
  const figures = await measure(runtime);
  console.log(JSON.stringify(figures));
  holds &&= figures.told === count && figures.bytesPerStream < bounds.bytesPerStream;
  holds &&= figures.fetchesInBusiestTenth < bounds.fetchesInBusiestTenth;
}
console.log(holds ? 'All bounds hold.' : `A bound does not hold: ${JSON.stringify(bounds)}`);
process.exit(holds ? 0 : 1);

function documentOf(revision) {
  const features = Array.from({ length: 350 }, (_, i) => ({
    name: `flag-${i}`,
    enabled: i !== 0 || revision % 2 === 0,
    project: 'default',
    strategies: [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'default', groupId: `g${i}` } }],
  }));
  return JSON.stringify({ version: 2, features });
}

async function measure(runtime) {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-ofrep-streams-'));
  const file = join(folder, 'flags.json');
  writeFileSync(file, documentOf(1));
  const port = await freePort();
  const command = runtime === 'bun' ? bunBinary() : process.execPath;
  const args = ['offline', '--bootstrap-file', file, '--frontend-tokens', key, '--reload-interval', '1'];
  args.push('--client-tokens', '*:development.bench-client-secret');
  const child = spawn(command, [join(root, 'dist/cli/main.js'), ...args], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HALYARD_OFREP_STREAMS_PER_ADDRESS: String(count),
      HALYARD_OFREP_STREAM_LIMIT: String(count),
    },
    stdio: 'ignore',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const sockets = [];
  try {
    const first = await untilOk(agent, port);
    const url = new URL(JSON.parse(first.text).eventStreams[0].url);
    const idleBytes = resident(child.pid);
    const fetches = [];
    const statuses = {};
    let told = 0;
    const onEvent = async (user) => {
      told++;
      fetches.push(performance.now());
      const { status } = await ask(agent, port, user, first.headers.etag);
      statuses[status] = (statuses[status] ?? 0) + 1;
    };
    for (let i = 0; i < count; i += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, count - i) }, (_, j) => open(sockets, port, url, () => onEvent(i + j))),
      );
    }
    await sleep(2_000);
    const openBytes = resident(child.pid);
    const changedAt = performance.now();
    writeFileSync(file, documentOf(2));
    for (let i = 0; i < 300 && told < count; i++) await sleep(100);
    await sleep(1_000);
    const start = Math.min(...fetches);
    const tenths = new Map();
    for (const at of fetches)
      tenths.set(Math.floor((at - start) / 100), (tenths.get(Math.floor((at - start) / 100)) ?? 0) + 1);
    return {
      runtime,
      streams: count,
      told,
      bytesPerStream: Math.round((openBytes - idleBytes) / count),
      firstToldMs: Math.round(start - changedAt),
      spreadMs: Math.round(Math.max(...fetches) - start),
      fetchesInBusiestTenth: Math.max(...tenths.values()),
      megabytesAfter: Math.round(resident(child.pid) / 1e6),
      statuses,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    agent.destroy();
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The resident memory of a process, in bytes. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

function open(sockets, port, { pathname, search }, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let isOpen = false;
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      if (!isOpen && text.includes('retry:')) {
        isOpen = true;
        resolve();
      }
      if (text.includes('refetchEvaluation')) onEvent();
      if (isOpen) text = '';
    });
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`);
    sockets.push(socket);
  });
}

function ask(agent, port, user, etag) {
  const headers = { Authorization: key, 'Content-Type': 'application/json' };
  if (etag !== undefined) headers['If-None-Match'] = etag;
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ context: { targetingKey: `user-${user % 500}` } }));
  });
}

async function untilOk(agent, port) {
  for (let i = 0; i < 200; i++) {
    const answer = await ask(agent, port, 0).catch(() => undefined);
    if (answer?.status === 200) return answer;
    await sleep(100);
  }
  throw new Error('Halyard does not answer');
}
