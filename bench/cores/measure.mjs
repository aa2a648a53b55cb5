// Loads groups of workers. The load generator needs a core too: with two cores for the server, it shares them.
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionsByProcess, cpuSecondsOfTree } from '../lib/listener.mjs';
import { startSubject, startUpstream } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, startWrk } from '../lib/wrk.mjs';

// So many that the system, which deals connections out by chance on Bun, comes near to equal shares.
const connections = 256;

/** Measures one load for each server in each arrangement, in interleaved rounds; one row for each. */
export async function measureGroups({ dataset, workload: id }, { suite, subjects, options, scratch, say }) {
  const workload = suite.workloads.find((one) => one.id === id);
  const load = `${suite.flagSets[dataset].title}, ${workload.title}`;
  const upstream = await startUpstream(dataset, { scratch, core: options.clientCore });
  const both = `${options.serverCore},${options.clientCore}`;
  const rows = [];
  try {
    for (const subject of subjects) {
      for (const { workers, cores } of arrangements(subject)) {
        const core = cores === 1 ? options.serverCore : both;
        const server = await startSubject(withWorkers(subject, workers), {
          ...{ suite, upstreamPort: upstream.port, scratch, core },
        });
        rows.push({ server, subject, workers, cores, clientCore: cores === 1 ? options.clientCore : both, rounds: [] });
      }
    }
    for (let round = 0; round <= options.rounds; round++) {
      for (const row of rows) {
        const measured = await measureOnce(row, workload, round === 0 ? options.warmup : options.seconds + 1);
        if (round > 0) row.rounds.push(measured);
      }
      say(`cores, ${load}: ${round === 0 ? 'warm' : `round ${round}/${options.rounds}`}`);
    }
    return rows.map((row) => summary(row, load));
  } finally {
    for (const { server } of rows) await server.stop();
    await upstream.stop();
  }
}

// Unleash Edge uses as many threads as it may use cores.
const arrangements = ({ reference }) => [
  { workers: reference ? undefined : 1, cores: 1 },
  ...(reference ? [] : [{ workers: 1, cores: 2 }]),
  { workers: reference ? undefined : 2, cores: 2 },
];

function withWorkers(subject, workers) {
  if (workers === undefined) return subject;
  return {
    ...subject,
    launch: (where) => {
      const launch = subject.launch(where);
      return { ...launch, env: { ...launch.env, WORKERS: String(workers) } };
    },
  };
}

async function measureOnce({ server, workers, clientCore }, { path, headers }, seconds) {
  const { pid } = server.child;
  const before = cpuSecondsOfTree(pid);
  const url = `http://127.0.0.1:${server.port}${path}`;
  const load = startWrk({ url, headers, seconds, connections, core: clientCore });
  await sleep(seconds * 900); // near its end: on Node a busy worker takes its connections one by one
  const open = [...connectionsByProcess(pid, server.port).values()].sort((a, b) => b - a).slice(0, workers);
  const result = await load.result;
  return {
    requestsPerSecond: result.requests / result.seconds,
    cpuMicroseconds: ((cpuSecondsOfTree(pid) - before) * 1e6) / result.requests,
    p99Ms: result.p99Ms,
    busiestShare: open[0] / open.reduce((sum, count) => sum + count, 0),
    failed: failures(result),
  };
}

function summary({ subject, workers, cores, rounds }, load) {
  const middle = (key) => median(rounds.map((round) => round[key]));
  return {
    subject: subject.id,
    title: subject.title,
    ...{ load, workers, cores },
    requestsPerSecond: middle('requestsPerSecond'),
    cpuMicroseconds: middle('cpuMicroseconds'),
    p99Ms: middle('p99Ms'),
    busiestShare: middle('busiestShare'),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    rounds,
  };
}
