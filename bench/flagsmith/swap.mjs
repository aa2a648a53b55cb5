// Swapping in a changed document of great size under load: does a request fail, and how long does the worst one wait?
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../lib/http.mjs';
import { memory } from '../lib/listener.mjs';
import { swapFigures } from '../lib/swap-figures.mjs';
import { failures, startWrk } from '../lib/wrk.mjs';
import { now, startClient } from '../swap/client.mjs';
import { startSubject, startUpstream } from './stage.mjs';
import { flagsPath, headersOf } from './workloads.mjs';

const dataset = 'overrides';
const settleMs = 500;
const quietMs = 1000;

/** Measures one subject with one of the large documents. A window lasts from the swap until a while after the first answer made from it. */
export async function measureSwap(subject, large, { options, scratch, say }) {
  const upstream = await startUpstream(dataset, { versions: options.swaps, large, core: options.clientCore });
  let server;
  let load;
  let client;
  try {
    server = await startSubject(subject, {
      ...{ dataset, upstreamPort: upstream.port, core: options.serverCore, cwd: scratch },
    });
    const headers = headersOf(dataset);
    const url = `http://127.0.0.1:${server.port}${flagsPath}`;
    load = startWrk({ url, headers, seconds: 600, connections: 8, core: options.clientCore, nice: 19 });
    const path = `${flagsPath}?feature=checkout_feature_000`;
    client = startClient({ port: server.port, path, headers, connections: 4 });
    await sleep(options.warmup * 1000);
    client.samples.length = 0;
    const windows = [];
    for (let i = 0; i < options.swaps; i++) {
      await sleep(quietMs);
      const from = now();
      const answer = await send(`http://127.0.0.1:${upstream.port}/swap`, { method: 'POST' });
      const { version } = JSON.parse(answer.body.toString());
      const seenAt = await client.seen(`"version-${version}"`, 60_000);
      await sleep(settleMs);
      windows.push({ from, seenAt, until: seenAt + settleMs });
    }
    await client.stop();
    const total = await load.stop();
    const { residentKiB } = memory(server.child.pid, server.port);
    const row = {
      ...{ subject: subject.id, document: large, residentKiB, loadRequestsPerSecond: total.requests / total.seconds },
      ...swapFigures(client.samples, windows),
      failed: client.samples.filter(({ failure }) => failure).length + failures(total),
    };
    say(`swap ${large} ${subject.id}: stall ${row.stallMs.toFixed(1)} ms, at other times ${row.noiseMs.toFixed(1)} ms`);
    return row;
  } finally {
    await client?.stop();
    await load?.stop().catch(() => undefined); // already read, or the measurement failed for a reason told elsewhere
    await server?.stop();
    await upstream.stop();
  }
}
