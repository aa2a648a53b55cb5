// Requests per second of Flagsmith's API, in interleaved rounds, after the subjects gave the same answers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, memory, untilIdle } from '../lib/listener.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { startSubject, startUpstream } from './stage.mjs';
import { subjects } from './subjects.mjs';
import { bodiesOf, datasets, flagsPath, headersOf, identitiesPath, identityCount } from './workloads.mjs';

const script = fileURLToPath(new URL('identities.lua', import.meta.url));

/** Measures one data set; one row per workload and subject. */
export async function measureLoad(dataset, { options, scratch, say, awake, only = subjects.map(({ id }) => id) }) {
  const upstream = await startUpstream(dataset, { core: options.clientCore });
  const file = join(scratch, `${dataset}.bodies`);
  const replies = join(scratch, `${dataset}.json`);
  writeFileSync(file, bodiesOf(dataset, identityCount, 11).join('\n'));
  const started = [];
  try {
    for (const subject of subjects.filter(({ id }) => only.includes(id))) {
      if (subject.limit) writeFileSync(replies, JSON.stringify(await captureReplies(started[0].port, dataset)));
      const where = { dataset, upstreamPort: upstream.port, replies, core: options.serverCore, cwd: scratch };
      started.push(await startSubject(subject, where));
    }
    await compareAnswers(
      started.filter(({ subject }) => !subject.limit),
      dataset,
    );
    const rows = datasets[dataset].workloads.flatMap((workload) =>
      started.map((server) => ({ server, workload, rounds: [] })),
    );
    for (let round = 1; round <= options.rounds; round++) {
      for (const row of rows) {
        row.rounds.push(await measureOnce(row, dataset, file, round === 1, options, awake));
        const { requestsPerSecond, residentKiB } = row.rounds.at(-1);
        const figures = `${Math.round(requestsPerSecond)}/s, ${Math.round(residentKiB / 1024)} MiB`;
        say(`round ${round}/${options.rounds} ${dataset} ${row.workload} ${row.server.subject.id}: ${figures}`);
      }
    }
    return rows.map((row) => summary(dataset, row));
  } finally {
    for (const server of started) await server.stop();
    await upstream.stop();
  }
}

async function measureOnce({ server, workload }, dataset, file, isFirst, options, awake) {
  const { port, child } = server;
  const { connections, clientCore: core } = options;
  const run = (seconds) =>
    runWrk({
      ...{ headers: headersOf(dataset), seconds, connections, core, awake },
      ...(workload === 'flags' ? flags(port) : identities(port, file, workload === 'once')),
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

function summary(dataset, { server, workload, rounds }) {
  const medians = measures.map((key) => [key, median(rounds.map((round) => round[key]))]);
  const failed = rounds.reduce((total, round) => total + round.failed, 0);
  return { dataset, workload, subject: server.subject.id, ...Object.fromEntries(medians), failed, rounds };
}

async function ask(port, dataset, body) {
  const url = `http://127.0.0.1:${port}${body === undefined ? flagsPath : identitiesPath}`;
  const headers = { ...headersOf(dataset), 'Content-Type': 'application/json', 'Accept-Encoding': 'identity' };
  const response = await fetch(url, body === undefined ? { headers } : { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(`answer ${response.status} from ${url}`);
  return response;
}

async function captureReplies(port, dataset) {
  const capture = async (body) => {
    const response = await ask(port, dataset, body);
    const headers = { 'Content-Type': response.headers.get('content-type') };
    return { headers, body: Buffer.from(await response.arrayBuffer()).toString('base64') };
  };
  const [body] = bodiesOf(dataset, 1, 11);
  return { [flagsPath]: await capture(), [identitiesPath]: await capture(body) };
}

/** A fast wrong answer is worth nothing: both runtimes must answer alike, and every identity's name must come back. */
async function compareAnswers(started, dataset) {
  for (const body of [undefined, ...bodiesOf(dataset, 20, 23)]) {
    const texts = [];
    for (const { port } of started) texts.push(await (await ask(port, dataset, body)).text());
    if (texts.some((text) => text !== texts[0])) throw new Error(`the subjects answer differently: ${body}`);
    const name = body && JSON.stringify(JSON.parse(body).identifier);
    if (name && !texts[0].includes(name)) throw new Error(`the answer does not name ${name}`);
  }
}
