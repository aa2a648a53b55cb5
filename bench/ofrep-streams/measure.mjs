// Opens many OFREP event streams on one process of `halyard offline`, changes flags, and lets every client do what the
// published web provider does when it is told: fetch all flags again, with the hint of the event and with its own entity
// tag. Measures what streams cost over idle, and how the fetches of a change are spread over time.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { freePort } from '../lib/http.mjs';
import { largest, quantile } from '../lib/statistics.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const key = '*:development.bench-frontend-secret';
const bulkPath = '/ofrep/v1/evaluate/flags';
/** The published web provider waits this long after an event before it asks. */
const debounceMs = 50;
export const bucketMs = 250;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What is changed, and which share of the clients then gets other flags. */
export const changes = [
  { id: 'nobody', title: 'a description: no answer changes', apply: (state) => ({ ...state, text: 'another one' }) },
  { id: 'some', title: 'a rollout from 50 % to 60 %', apply: (state) => ({ ...state, rollout: '60' }) },
  { id: 'all', title: 'a flag is switched off for everybody', apply: (state) => ({ ...state, enabled: false }) },
];

function documentOf({ text, rollout, enabled }, flags) {
  const features = Array.from({ length: flags }, (_, i) => ({
    name: `flag-${i}`,
    description: i === 0 ? text : 'A flag of the benchmark',
    enabled: i !== 1 || enabled,
    project: 'default',
    strategies: [
      {
        name: 'flexibleRollout',
        parameters: { rollout: i === 0 ? rollout : '50', stickiness: 'default', groupId: `g${i}` },
      },
    ],
  }));
  return JSON.stringify({ version: 2, features });
}

/** Measures one runtime. Both ends are on this machine, so both need a file per stream. */
export async function measureOfrepStreams(runtime, { count, flags, serverCore, clientCore }) {
  if (Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) < count + 500) {
    throw new Error(`too few open files are allowed for ${count} streams: raise "ulimit -n" first`);
  }
  spawnSync('taskset', ['-cp', String(clientCore), String(process.pid)]);
  const folder = mkdtempSync(join(tmpdir(), 'halyard-ofrep-streams-'));
  const file = join(folder, 'flags.json');
  let state = { text: 'one', rollout: '50', enabled: true };
  writeFileSync(file, documentOf(state, flags));
  const port = await freePort();
  const command = runtime === 'bun' ? bunBinary() : process.execPath;
  const args = ['offline', '--bootstrap-file', file, '--frontend-tokens', key, '--reload-interval', '1'];
  args.push('--client-tokens', '*:development.bench-client-secret');
  const child = spawn('taskset', ['-c', String(serverCore), command, join(root, 'dist/cli/main.js'), ...args], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      HALYARD_OFREP_STREAMS_PER_ADDRESS: String(count),
      HALYARD_OFREP_STREAM_LIMIT: String(count),
    },
    stdio: 'ignore',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const clients = [];
  try {
    await untilOk(agent, port);
    const begunMs = performance.now();
    for (let i = 0; i < count; i += 100) {
      const some = Array.from({ length: Math.min(100, count - i) }, (_, j) => newClient(agent, port, i + j));
      clients.push(...(await Promise.all(some)));
    }
    const fetchedMs = performance.now() - begunMs;
    await sleep(2_000);
    const idleBytes = resident(child.pid);
    for (let i = 0; i < count; i += 100) {
      await Promise.all(clients.slice(i, i + 100).map((client) => openStream(client, port)));
    }
    await sleep(2_000);
    const openBytes = resident(child.pid);
    const storms = [];
    for (const { id, apply } of changes) {
      state = apply(state);
      storms.push({ id, ...(await storm(clients, agent, port, child.pid, file, documentOf(state, flags))) });
    }
    return {
      runtime,
      streams: count,
      flags,
      firstFetchesPerSecond: Math.round((count / fetchedMs) * 1_000),
      idleMegabytes: round(idleBytes / 1e6),
      kilobytesPerStream: round((openBytes - idleBytes) / 1e3 / count),
      megabytesAfter: round(resident(child.pid) / 1e6),
      storms,
    };
  } finally {
    for (const { socket } of clients) socket?.destroy();
    agent.destroy();
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One change, until every client was told and has fetched, or half a minute later. */
async function storm(clients, agent, port, pid, file, document) {
  const fetches = [];
  let toldMs = [];
  let waiting = 0;
  for (const client of clients) {
    client.onEvent = async (hint) => {
      toldMs.push(performance.now());
      waiting++;
      await sleep(debounceMs);
      const startedMs = performance.now();
      const { status, etag } = await fetchFlags(agent, port, client.user, client.etag, hint).catch(() => ({
        status: 0,
      }));
      if (status === 200) client.etag = etag;
      fetches.push({ startedMs, tookMs: performance.now() - startedMs, status });
      waiting--;
    };
  }
  const cpuBefore = cpuSeconds(pid);
  const changedMs = performance.now();
  writeFileSync(file, document);
  for (let i = 0; i < 300 && (toldMs.length < clients.length || waiting > 0); i++) await sleep(100);
  await sleep(500);
  toldMs = toldMs.map((at) => at - changedMs);
  const firstMs = Math.min(...fetches.map(({ startedMs }) => startedMs));
  const seconds = new Map();
  const statuses = {};
  for (const { startedMs, status } of fetches) {
    const bucket = Math.floor((startedMs - firstMs) / bucketMs);
    seconds.set(bucket, (seconds.get(bucket) ?? 0) + 1);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const timeline = Array.from({ length: Math.max(0, ...seconds.keys()) + 1 }, (_, i) =>
    Math.round(((seconds.get(i) ?? 0) * 1_000) / bucketMs),
  );
  const took = fetches.map(({ tookMs }) => tookMs);
  return {
    told: toldMs.length,
    firstToldMs: Math.round(Math.min(...toldMs)),
    lastToldMs: Math.round(largest(toldMs)),
    fetched: fetches.length,
    statuses,
    notModifiedShare: round((statuses[304] ?? 0) / Math.max(1, fetches.length), 1_000),
    /** Requests per second in each quarter of a second, from the first request on. */
    timeline,
    busiestPerSecond: largest(timeline),
    p50Ms: round(quantile(took, 0.5)),
    p99Ms: round(quantile(took, 0.99)),
    maxMs: round(largest(took)),
    cpuSeconds: round(cpuSeconds(pid) - cpuBefore, 100),
  };
}

/** The resident memory of a process, in bytes. */
function resident(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** CPU time of a process so far: both figures are in hundredths of a second on Linux. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A client that has fetched its flags once, as one does before it opens the stream that it is told of. */
async function newClient(agent, port, user) {
  const { status, etag, text } = await fetchFlags(agent, port, user);
  if (status !== 200) throw new Error(`the first fetch was answered with ${status}`);
  return { user, etag, stream: new URL(JSON.parse(text).eventStreams[0].url), socket: undefined, onEvent: () => {} };
}

function openStream(client, port) {
  const { pathname, search } = client.stream;
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let isOpen = false;
    client.socket = socket;
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      if (!isOpen && text.includes('retry:')) {
        isOpen = true;
        resolve();
      }
      const event = /^data: (\{.*"refetchEvaluation".*\})$/m.exec(text);
      if (event !== null) void client.onEvent(JSON.parse(event[1]));
      if (isOpen) text = '';
    });
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`);
  });
}

/** @param hint what an event said, which the web provider hands on */
function fetchFlags(agent, port, user, etag, hint) {
  const headers = { Authorization: key, 'Content-Type': 'application/json' };
  if (etag !== undefined) headers['If-None-Match'] = etag;
  const query =
    hint === undefined
      ? ''
      : `?flagConfigEtag=${encodeURIComponent(hint.etag)}&flagConfigLastModified=${hint.lastModified}`;
  return new Promise((resolve, reject) => {
    const asked = request(
      { agent, port, host: '127.0.0.1', method: 'POST', path: `${bulkPath}${query}`, headers },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, etag: response.headers.etag, text }));
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify({ context: { targetingKey: `user-${user}` } }));
  });
}

async function untilOk(agent, port) {
  for (let i = 0; i < 200; i++) {
    const answer = await fetchFlags(agent, port, 0).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(100);
  }
  throw new Error('Halyard does not answer');
}

function round(value, steps = 10) {
  return Math.round(value * steps) / steps;
}
