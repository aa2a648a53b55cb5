// What explanations and the status page cost while nobody uses them.
import { median } from '../lib/statistics.mjs';
import { inTurns, summary } from './measure.mjs';
import { modes, requestsOf, startMode, withOperator, withoutOperator } from './modes.mjs';

/** Processes that are alike differ by more than the tools take: what one was lucky with is no gain. */
const processesOfEach = 2;
/** Users of one load that is to meet hardly anybody twice. */
const strangers = 20_000;

/** Edge's own route with operator tools switched off and on, which nobody uses: several processes of each, all in turns. */
export async function measureUnused(runtime, { options, folder, say, awake }) {
  const mode = modes.edge;
  const upstream = await mode.start('chance', options.clientCore, folder);
  const servers = [];
  try {
    for (let i = 0; i < processesOfEach; i++) {
      for (const more of [withoutOperator, withOperator]) {
        const where = { runtime, upstreamPort: upstream.port, folder, core: options.serverCore, more };
        servers.push(await startMode(mode, where));
      }
    }
    const loads = [
      { title: 'users that come again', requests: requestsOf('native GET', mode) },
      { title: 'random users', requests: requestsOf('native GET', mode, strangers) },
    ];
    const runs = loads.flatMap(({ title, requests }) =>
      servers.map((server) => ({ kind: title, requests, server, mode })),
    );
    // More rounds than elsewhere: a difference, if there is one, is smaller than what single rounds differ by.
    const more = { ...options, rounds: 2 * options.rounds };
    const rounds = await inTurns(runs, { options: more, folder, say, awake }, `unused tools ${runtime}`);
    return {
      runtime,
      rows: loads.map(({ title }, i) => ({
        title,
        ...offAndOn(rounds.slice(i * servers.length, (i + 1) * servers.length)),
      })),
      failed: rounds.flat().reduce((total, { failed }) => total + failed, 0),
    };
  } finally {
    for (const server of servers) await server.stop();
    await upstream.stop();
  }
}

/**
 * Medians over all processes of a kind, and of each process (`processes`, CPU time); `ratio` is the median over all rounds and
 * pairs of a process without tools and one with them.
 *
 * @param processes the rounds of each: without tools, with, without, with, …
 */
export function offAndOn(processes) {
  const [off, on] = [0, 1].map((kind) => processes.filter((_, i) => i % 2 === kind));
  const ratios = off.flatMap((without) =>
    on.flatMap((tools) => without.map((one, round) => one.cpuMicroseconds / tools[round].cpuMicroseconds)),
  );
  const kind = (list) => ({
    ...summary(list.flat()),
    processes: list.map((rounds) => summary(rounds).cpuMicroseconds),
  });
  return { off: kind(off), on: kind(on), ratio: median(ratios) };
}
