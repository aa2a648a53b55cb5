// Swapping in a new feature set under full load: does a request fail, and how long does the worst one wait?
// What the same client sees at all other times is the noise of the machine, and is reported beside it.
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../lib/http.mjs';
import { startSubject, startSwappingUpstream } from '../lib/stage.mjs';
import { swapFigures } from '../lib/swap-figures.mjs';
import { failures, startWrk } from '../lib/wrk.mjs';
import { startClient } from './client.mjs';

const fetchIntervalMs = 1000;
const settleMs = 500; // after the new set was first seen: caches are cold and garbage of the old set is collected
const quietMs = 1000; // between swaps, with a poll that finds nothing new
const clientConnections = 4;

/** Measures one subject with one feature set. */
export async function measureSwap(size, subject, run) {
  const { suite, options, scratch, say } = run;
  const upstream = await startSwappingUpstream(size, options.swaps, { core: options.clientCore });
  const ask = async (method, path) => {
    const answer = await send(`http://127.0.0.1:${upstream.port}${path}`, { method });
    return JSON.parse(answer.body.toString());
  };
  let server;
  let load;
  let client;
  try {
    const settings = { suite, upstreamPort: upstream.port, scratch, core: options.serverCore, fetchIntervalMs };
    server = await startSubject(subject, settings);
    load = startWrk({
      url: `http://127.0.0.1:${server.port}${suite.swapLoad.path}`,
      headers: suite.swapLoad.headers,
      seconds: 600, // ended by hand
      connections: suite.flagSets[size].connections ?? options.connections,
      core: options.clientCore,
      nice: 19, // the timing client and the upstream share this core and must not wait for the load generator
    });
    client = startClient({ port: server.port, ...suite.probe, connections: clientConnections });
    await sleep(options.warmup * 1000);
    client.samples.length = 0;

    const windows = [];
    for (let i = 0; i < options.swaps; i++) {
      await sleep(quietMs);
      const { version } = await ask('POST', '/swap');
      const seenAt = await client.seen(`"swap.version-${version}"`, 60_000);
      await sleep(settleMs + quietMs / 4); // so that this process's own next question falls outside of the window
      const { fetchedAt } = await ask('GET', '/version');
      windows.push({ from: fetchedAt, seenAt, until: seenAt + settleMs });
    }
    await client.stop();
    const total = await load.stop();
    const row = {
      dataset: size,
      subject: subject.id,
      ...swapFigures(client.samples, windows),
      failed: client.samples.filter(({ failure }) => failure).length + failures(total),
      loadRequestsPerSecond: total.requests / total.seconds,
    };
    say(`swap ${size} ${subject.id}: stall ${row.stallMs.toFixed(1)} ms, at other times ${row.noiseMs.toFixed(1)} ms`);
    return row;
  } finally {
    await client?.stop();
    await load?.stop().catch(() => undefined); // already read, or the measurement failed for a reason told elsewhere
    await server?.stop();
    await upstream.stop();
  }
}
