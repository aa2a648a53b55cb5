// CPU time of bulk evaluation and of the mode's own route, in interleaved rounds over the same users.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { startPinned } from '../lib/child.mjs';
import { freePort, untilOk } from '../lib/http.mjs';
import { cpuMicroseconds, listeningPids } from '../lib/listener.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { headersOf, kinds, modes, requestsOf, startMode } from './modes.mjs';

const script = fileURLToPath(new URL('requests.lua', import.meta.url));
const bareServer = fileURLToPath(new URL('bare-server.mjs', import.meta.url));
/** Bun compiles what runs often for some seconds on: the warm-up is longer than a round. */
const warmupTimes = 3;

/** One mode with one set of flags on one runtime. */
export async function measureBulk(name, set, runtime, { options, folder, say, awake }) {
  const mode = modes[name];
  const upstream = await mode.start(set, options.clientCore, folder);
  const where = { runtime, upstreamPort: upstream.port, folder, core: options.serverCore };
  const server = await startMode(mode, where);
  try {
    const loads = [];
    for (const kind of kinds) {
      const requests = requestsOf(kind, mode);
      const replies = await Promise.all(requests.map((request) => ask(server, mode, request)));
      loads.push({ kind, requests, replyBytes: Math.round(median(replies.map(({ bytes }) => bytes))) });
      if (replies.every(({ etag }) => etag !== null)) {
        const conditional = requests.map((request, i) => ({ ...request, etag: replies[i].etag }));
        const answers = await Promise.all(conditional.map((request) => ask(server, mode, request)));
        const share = answers.filter(({ status }) => status === 304).length / answers.length;
        // Where chance decides, an entity tag of the mode's own route hardly ever holds.
        if (share === 1) loads.push({ kind: `${kind} 304`, requests: conditional, replyBytes: 0 });
      }
    }
    const rounds = await inTurns(
      loads.map((load) => ({ ...load, server, mode })),
      { options, folder, say, awake },
      `${name} ${set} ${runtime}`,
    );
    return {
      ...{ mode: name, set, runtime },
      loads: loads.map(({ kind, replyBytes }, i) => ({ kind, replyBytes, ...summary(rounds[i]) })),
      ratios: ratiosOf(loads, rounds),
      failed: rounds.flat().reduce((total, { failed }) => total + failed, 0),
    };
  } finally {
    await server.stop();
    await upstream.stop();
  }
}

/** A server that does nothing but receive and send as much, once in its life made ready. */
export async function measureBare(runtime, sizes, { options, folder, say, awake }) {
  const port = await freePort();
  const command = runtime === 'bun' ? bunBinary() : process.execPath;
  const args = [bareServer, ...[port, sizes.get, sizes.post].map(String)];
  const child = startPinned({ name: `bare on ${runtime}`, command, args, core: options.serverCore });
  const server = { port, pid: child.pid };
  const mode = modes.edge;
  try {
    await untilOk(child, `http://127.0.0.1:${port}/get`);
    const loads = ['GET', 'GET 304', 'POST', 'POST 304'].map((kind) => {
      const path = `/${kind.toLowerCase().replace(' ', '-')}`;
      const like = requestsOf(kind.startsWith('GET') ? 'native GET' : 'OFREP bulk', mode);
      return { kind, requests: like.map((request) => ({ ...request, path })), server, mode };
    });
    const rounds = await inTurns(loads, { options, folder, say, awake }, `bare server ${runtime}`);
    const share = (by, own) =>
      Number(median(rounds[by].map(({ cpuMicroseconds: get }, i) => get / rounds[own][i].cpuMicroseconds)).toFixed(3));
    return {
      ...{ runtime, sizes, loads: loads.map(({ kind }, i) => ({ kind, ...summary(rounds[i]) })) },
      ratios: { postToGet: share(0, 2), notModified: share(1, 3) },
      failed: rounds.flat().reduce((total, { failed }) => total + failed, 0),
    };
  } finally {
    await child.stop();
  }
}

/** Rounds by load. The first one is the warm-up and does not count. */
export async function inTurns(loads, { options, folder, say, awake }, title) {
  const files = loads.map(({ requests }, i) => {
    const file = join(folder, `requests-${i}.txt`);
    const lines = requests.map(({ method, path, etag = '', body }) => [method, path, etag, body].join('\t'));
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  });
  const rounds = loads.map(() => []);
  for (let round = 0; round <= options.rounds; round++) {
    // There and back: what drifts meanwhile meets all alike.
    const order = [...loads.keys()];
    for (const i of round % 2 === 0 ? order : order.reverse()) {
      const seconds = round === 0 ? warmupTimes * options.seconds : options.seconds;
      const result = await run(loads[i], files[i], { ...options, seconds }, awake);
      if (round > 0) rounds[i].push(result);
    }
    say(`ofrep: ${title}, round ${round}/${options.rounds}`);
  }
  return rounds;
}

async function run({ server, mode }, file, options, awake) {
  const [pid] = listeningPids(server.pid, server.port);
  const { connections, seconds, clientCore: core } = options;
  const before = cpuMicroseconds(pid);
  const result = await runWrk({
    ...{ url: `http://127.0.0.1:${server.port}`, headers: headersOf(mode), connections, seconds, core, awake },
    ...{ script, args: [file] },
  });
  await sleep(50);
  return {
    requestsPerSecond: result.requests / result.seconds,
    cpuMicroseconds: (cpuMicroseconds(pid) - before) / result.requests,
    p99Ms: result.p99Ms,
    failed: failures(result),
  };
}

async function ask({ port }, mode, { method, path, body, etag }) {
  const headers = { ...headersOf(mode), ...(body !== '' && { 'Content-Type': 'application/json' }) };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...{ method, headers: { ...headers, 'Accept-Encoding': 'identity', ...(etag && { 'If-None-Match': etag }) } },
    ...(body !== '' && { body }),
  });
  const bytes = (await response.arrayBuffer()).byteLength;
  if (response.status !== 200 && response.status !== 304) throw new Error(`${method} ${path}: ${response.status}`);
  return { status: response.status, etag: response.headers.get('etag'), bytes };
}

/** Medians. */
export function summary(rounds) {
  const of = (pick) => median(rounds.map(pick));
  return {
    requestsPerSecond: Math.round(of(({ requestsPerSecond }) => requestsPerSecond)),
    cpuMicroseconds: Number(of(({ cpuMicroseconds: each }) => each).toFixed(2)),
    p99Ms: Number(of(({ p99Ms }) => p99Ms).toFixed(2)),
  };
}

/** How fast OpenFeature's route is, as a share of the mode's own: medians of the ratios of each round. */
function ratiosOf(loads, rounds) {
  const share = (own, other) => {
    const [of, by] = [own, other].map((kind) => rounds[loads.findIndex((load) => load.kind === kind)]);
    if (of === undefined || by === undefined) return undefined;
    return Number(median(of.map(({ cpuMicroseconds: native }, i) => native / by[i].cpuMicroseconds)).toFixed(3));
  };
  return {
    bulkToGet: share('native GET', 'OFREP bulk'),
    bulkToPost: share('native POST', 'OFREP bulk'),
    notModifiedToGet: share('native GET 304', 'OFREP bulk 304'),
  };
}
