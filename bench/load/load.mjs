// Requests per second: every subject runs at once and idles while the others are loaded, so that rounds can go
// A B C D, A B C D … and a slow minute of the machine hits all of them.
import { join } from 'node:path';
import { dataset } from '../datasets.mjs';
import { cpuSeconds, memory, untilIdle } from '../lib/listener.mjs';
import { startSubject, startUpstream } from '../lib/stage.mjs';
import { median } from '../lib/statistics.mjs';
import { failures, runWrk } from '../lib/wrk.mjs';
import { captureReplies, headersFor } from './replies.mjs';
import { compareAnswers } from './same-answers.mjs';

/**
 * Measures every chosen workload of one feature set; one row per workload and subject.
 *
 * @param run `awake` is the library that keeps wrk awake, undefined where it sleeps; with `bothWays` answers without a body,
 * where it matters most, are measured with `otherAwake`, too, and come as `other`
 */
export async function measureLoad(size, run) {
  const { suite, options, subjects, scratch, say, awake, otherAwake, bothWays = false } = run;
  const workloads = run.workloads.filter((workload) => workload.datasets.includes(size));
  if (workloads.length === 0) return { rows: [], other: [], replyBytes: {} };
  const upstream = await startUpstream(size, { scratch, core: options.clientCore });
  const replies = join(scratch, `replies-${size}.json`);
  const started = [];
  try {
    let captured = {};
    // The original first: its answers are what the bare server repeats and what the others are compared with.
    for (const subject of [...subjects].sort(referenceFirstLimitLast)) {
      const settings = { suite, upstreamPort: upstream.port, scratch, core: options.serverCore, replies };
      const server = await startSubject(subject, settings);
      started.push(server);
      if (started.length === 1 && !subject.limit) captured = await captureReplies(server.port, workloads, replies);
    }
    await compareAnswers(
      suite,
      started.filter(({ subject }) => !subject.limit),
      dataset(size),
    );
    const rows = workloads.flatMap((workload) =>
      [false, ...(bothWays && workload.conditional ? [true] : [])].flatMap((isOther) =>
        started.map((server) => ({ server, workload, isOther, rounds: [] })),
      ),
    );
    for (let round = 1; round <= options.rounds; round++) {
      for (const row of rows) {
        const { connections = options.connections } = suite.flagSets[size];
        row.rounds.push(await measureOnce(row, connections, round === 1, { ...options, awake, otherAwake, captured }));
        say(describe(size, row, round, options.rounds));
      }
    }
    const summaries = (other) => rows.filter(({ isOther }) => isOther === other).map((row) => summary(size, row));
    const replyBytes = Object.fromEntries(Object.entries(captured).map(([name, { bytes }]) => [name, bytes]));
    return { rows: summaries(false), other: summaries(true), replyBytes };
  } finally {
    for (const server of started) await server.stop();
    await upstream.stop();
  }
}

const referenceFirstLimitLast = (a, b) => rank(a) - rank(b);
const rank = (subject) => (subject.reference ? 0 : subject.limit ? 2 : 1);

/** Only the first round has a warm-up: the servers stay up, and stay warm, for the later ones. */
async function measureOnce({ server, workload, isOther }, connections, isFirst, options) {
  const port = server.portFor(workload);
  const load = {
    url: `http://127.0.0.1:${port}${workload.path}`,
    headers: server.subject.limit ? options.captured[workload.reply].asked : await headersFor(workload, server.port),
    connections,
    core: options.clientCore,
    awake: isOther ? options.otherAwake : options.awake,
  };
  const warm = isFirst ? await runWrk({ ...load, seconds: options.warmup }) : { errors: {} };
  const cpuBefore = cpuSeconds(server.child.pid, port);
  const result = await runWrk({ ...load, seconds: options.seconds });
  const cpu = (cpuSeconds(server.child.pid, port) - cpuBefore) / result.seconds;
  const after = memory(server.child.pid, port);
  // What the load generator gave up at its end is still being answered, on the core that the next subject needs.
  await untilIdle(server.child.pid, port);
  return {
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    maxMs: result.maxMs,
    failed: failures(warm) + failures(result),
    // What a request costs the server: says more than requests per second where the load generator was the limit.
    cpuMicroseconds: (cpu * 1e6 * result.seconds) / result.requests,
    cpu, // cores used by the listening process: well below 1 means that the load generator was the limit
    ...after,
  };
}

const measures = [
  'requestsPerSecond',
  'cpuMicroseconds',
  'p50Ms',
  'p99Ms',
  'maxMs',
  'cpu',
  'residentKiB',
  'peakKiB',
  'treeKiB',
];

function summary(size, { server, workload, rounds }) {
  const medians = measures.map((key) => [key, median(rounds.map((round) => round[key]))]);
  return {
    dataset: size,
    workload: workload.id,
    subject: server.subject.id,
    ...Object.fromEntries(medians),
    failed: rounds.reduce((total, { failed }) => total + failed, 0),
    rounds,
  };
}

function describe(size, { server, workload, isOther, rounds }, round, of) {
  const { requestsPerSecond, p99Ms, residentKiB, failed } = rounds.at(-1);
  const figures = `${Math.round(requestsPerSecond)}/s, p99 ${p99Ms.toFixed(1)} ms, ${Math.round(residentKiB / 1024)} MiB`;
  const what = `${size} ${workload.id}${isOther ? ' (the other load generator)' : ''} ${server.subject.id}`;
  return `round ${round}/${of} ${what}: ${figures}${failed ? `, ${failed} FAILED` : ''}`;
}
