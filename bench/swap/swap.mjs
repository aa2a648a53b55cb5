// Swapping in a new feature set under full load: does a request fail, and how long does the worst one wait?
// The same client measures the same time without swaps first; what it sees there is the noise of the machine.
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../lib/http.mjs';
import { startSubject, startSwappingUpstream } from '../lib/stage.mjs';
import { largest, quantile } from '../lib/statistics.mjs';
import { failures, startWrk } from '../lib/wrk.mjs';
import { datasets, probeHeaders, probePath, workloads } from '../workloads.mjs';
import { startClient } from './client.mjs';

const fetchIntervalMs = 1000;
const settleMs = 400;
const clientConnections = 4;

/** Measures one subject with one feature set. */
export async function measureSwap(size, subject, run) {
  const { options, scratch, say } = run;
  const upstream = await startSwappingUpstream(size, options.swaps, { core: options.clientCore });
  const swap = async () => Number((await send(`http://127.0.0.1:${upstream.port}/swap`, { method: 'POST' })).body);
  let server;
  let load;
  let client;
  try {
    const settings = { upstreamPort: upstream.port, scratch, core: options.serverCore, fetchIntervalMs };
    server = await startSubject(subject, settings);
    const base = `http://127.0.0.1:${server.port}`;
    const path = workloads.find(({ id }) => id === 'random').path;
    load = startWrk({
      url: `${base}${path}`,
      headers: probeHeaders,
      seconds: 600, // ended by hand
      connections: datasets[size].connections ?? options.connections,
      core: options.clientCore,
      nice: 19, // the timing client and the upstream share this core and must not wait for the load generator
    });
    client = startClient({ url: `${base}${probePath}`, headers: probeHeaders, connections: clientConnections });
    await sleep(options.warmup * 1000);

    const from = performance.now();
    await sleep(options.swaps * (fetchIntervalMs + settleMs));
    const quietUntil = performance.now();
    const delays = [];
    const windows = [];
    for (let i = 0; i < options.swaps; i++) {
      const asked = performance.now();
      const version = await swap();
      const seenAt = await client.seen(`"swap.version-${version}"`, 60_000);
      delays.push(seenAt - asked);
      await sleep(settleMs);
      windows.push([asked, performance.now()]);
    }
    const until = performance.now();
    await client.stop();
    const total = await load.stop();
    const quiet = client.samples.filter((sample) => sample.from >= from && sample.from < quietUntil);
    const swapping = client.samples.filter((sample) => sample.from >= quietUntil && sample.from < until);
    const row = {
      dataset: size,
      subject: subject.id,
      ...figures(quiet, swapping, windows),
      failed: client.samples.filter(({ failure }) => failure).length + failures(total),
      loadRequestsPerSecond: total.requests / total.seconds,
      visibleAfterMs: quantile(delays, 0.5),
    };
    say(`swap ${size} ${subject.id}: worst ${row.worstMs.toFixed(1)} ms, without ${row.quietWorstMs.toFixed(1)} ms`);
    return row;
  } finally {
    await client?.stop();
    await load?.stop().catch(() => undefined); // already read, or the measurement failed for a reason told elsewhere
    await server?.stop();
    await upstream.stop();
  }
}

/**
 * The stall is what the slowest request waited longer than a request does under this load anyway, which is the time it
 * spends behind the requests of the load generator.
 */
function figures(quiet, swapping, windows) {
  const usualMs = quantile(
    quiet.map(({ ms }) => ms),
    0.5,
  );
  const worstMs = largest(swapping.map(({ ms }) => ms));
  const quietWorstMs = largest(quiet.map(({ ms }) => ms));
  return {
    swaps: windows.length,
    requests: swapping.length,
    usualMs,
    worstMs,
    quietWorstMs,
    stallMs: Math.max(0, worstMs - usualMs),
    quietStallMs: Math.max(0, quietWorstMs - usualMs),
    worstPerSwapMs: windows.map(([from, to]) =>
      largest(swapping.filter((sample) => sample.from + sample.ms >= from && sample.from < to).map(({ ms }) => ms)),
    ),
  };
}
