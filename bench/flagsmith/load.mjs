// Requests per second of Flagsmith's API, in interleaved rounds, after the subjects gave the same answers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, memory, untilIdle } from '../lib/listener.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { captureReplies, compareAnswers } from './answers.mjs';
import { startSubject, startUpstream } from './stage.mjs';
import { subjects } from './subjects.mjs';
import { orderOfRound } from './turns.mjs';
import { bodiesOf, datasets, flagsPath, headersOf, identitiesPath, identityCount, workloads } from './workloads.mjs';

const script = fileURLToPath(new URL('identities.lua', import.meta.url));

/**
 * Measures a data set, or several in turns; one row per data set, workload that all of them have, and subject. For each data
 * set there is an upstream and a process of each subject that knows nothing else. All run at once, and idle while others are loaded.
 */
export async function measureLoad(sets, { options, scratch, say, awake, only = subjects.map(({ id }) => id) }) {
  const chosen = subjects.filter(({ id }) => only.includes(id));
  const common = Object.keys(workloads).filter((id) => sets.every((name) => datasets[name].workloads.includes(id)));
  const started = [];
  try {
    const rows = [];
    for (const dataset of sets) {
      const servers = await startSet(dataset, chosen, started, { options, scratch });
      for (const workload of common) {
        for (const server of servers) rows.push({ dataset, workload, subject: server.subject.id, server, rounds: [] });
      }
    }
    for (let round = 1; round <= options.rounds; round++) {
      for (const row of orderOfRound(rows, round)) {
        row.rounds.push(await measureOnce(row, round === 1, { ...options, scratch, awake }));
        const { requestsPerSecond, residentKiB } = row.rounds.at(-1);
        const figures = `${Math.round(requestsPerSecond)}/s, ${Math.round(residentKiB / 1024)} MiB`;
        say(`round ${round}/${options.rounds} ${row.dataset} ${row.workload} ${row.subject}: ${figures}`);
      }
    }
    return rows.map(summary);
  } finally {
    for (const { stop } of started.reverse()) await stop();
  }
}

/** The servers of a data set. A limit repeats what the first one answers. What is to be stopped is added to `started`. */
async function startSet(dataset, chosen, started, { options, scratch }) {
  const upstream = await startUpstream(dataset, { core: options.clientCore });
  started.push(upstream);
  const replies = join(scratch, `${dataset}.json`);
  const where = { dataset, upstreamPort: upstream.port, replies, core: options.serverCore, cwd: scratch };
  const servers = [];
  for (const subject of chosen) {
    if (subject.limit) writeFileSync(replies, JSON.stringify(await captureReplies(servers[0].port, dataset)));
    const server = await startSubject(subject, where);
    started.push(server);
    servers.push(server);
  }
  await compareAnswers(
    servers.filter(({ subject }) => !subject.limit),
    dataset,
  );
  writeFileSync(bodiesFile(scratch, dataset), bodiesOf(dataset, identityCount, 11).join('\n'));
  return servers;
}

const bodiesFile = (scratch, dataset) => join(scratch, `${dataset}.bodies`);

async function measureOnce({ dataset, workload, server }, isFirst, options) {
  const { port, child } = server;
  const { connections, clientCore: core, awake, scratch } = options;
  const run = (seconds) =>
    runWrk({
      ...{ headers: headersOf(dataset), seconds, connections, core, awake },
      ...(workload === 'flags' ? flags(port) : identities(port, bodiesFile(scratch, dataset), workload === 'once')),
    });
  const warm = isFirst ? await run(options.warmup) : { errors: {} };
  const before = cpuSeconds(child.pid, port);
  const result = await run(options.seconds);
  const cpu = (cpuSeconds(child.pid, port) - before) / result.seconds;
  const after = memory(child.pid, port);
  await untilIdle(child.pid, port);
  const { requests, seconds, p50Ms, p99Ms, maxMs } = result;
  const failed = failures(warm) + failures(result);
  const cpuMicroseconds = (cpu * 1e6 * seconds) / requests;
  return { requestsPerSecond: requests / seconds, cpuMicroseconds, p50Ms, p99Ms, maxMs, failed, cpu, ...after };
}

const flags = (port) => ({ url: `http://127.0.0.1:${port}${flagsPath}` });

function identities(port, file, once) {
  const seed = String(Math.floor(Math.random() * 2 ** 31));
  return { url: `http://127.0.0.1:${port}${identitiesPath}`, script, args: [seed, file, ...(once ? ['once'] : [])] };
}

const measures = ['requestsPerSecond', 'cpuMicroseconds', 'p50Ms', 'p99Ms', 'maxMs', 'cpu', 'residentKiB', 'peakKiB'];

function summary({ dataset, workload, subject, rounds }) {
  const medians = measures.map((key) => [key, median(rounds.map((round) => round[key]))]);
  const failed = rounds.reduce((total, round) => total + round.failed, 0);
  return { dataset, workload, subject, ...Object.fromEntries(medians), failed, rounds };
}
