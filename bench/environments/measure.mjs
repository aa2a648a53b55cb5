// Swaps under load where there are many environments, or a very large one: does a request fail, and how long does the
// worst one wait? What the same clients see at all other times is the noise of the machine, and is reported beside it.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPinned } from '../lib/child.mjs';
import { freePort, send, untilOk } from '../lib/http.mjs';
import { memory } from '../lib/listener.mjs';
import { startSubject } from '../lib/stage.mjs';
import { swapFigures } from '../lib/swap-figures.mjs';
import { failures, startWrk } from '../lib/wrk.mjs';
import { now, startClient } from '../swap/client.mjs';
import { environmentNames, fetchToken, frontendToken, marker, single } from './documents.mjs';

const fetchIntervalMs = 2000;
const settleMs = 500; // after the new flags were last seen: caches are cold and garbage of the old ones is collected
const quietMs = 1500;
const visibleWithinMs = 60_000;
const loadConnections = 20;
const clientConnections = 2;

const oneUser = '/api/frontend?sessionId=184729301&appName=bench&userId=7f3a2c';
const randomUsers = '/api/frontend?sessionId=RANDOMSESSION&appName=bench&userId=RANDOMUSER';

/** What is measured: which set of environments, and which of them change at once. */
export const kinds = [
  { id: 'one', set: 'many', title: 'one of 50 environments changes' },
  { id: 'all', set: 'many', title: 'all 50 environments change at once' },
  { id: 'big', set: 'big', title: 'a document of 20 MB changes' },
];

/** Measures one subject with one set. @returns a row per kind */
export async function measureSet(set, subject, { options, scratch, say }) {
  const names = environmentNames[set];
  const upstream = await startUpstream(set, options);
  const running = [];
  try {
    const server = await startServer(subject, set, upstream.port, { options, scratch });
    running.push(server);
    const { residentKiB: startedKiB } = memory(server.child.pid, server.port);
    for (const name of names) await askDefinitions(server.port, name);
    const loaded = names[0];
    const load = startWrk({
      url: `http://127.0.0.1:${server.port}${randomUsers}`,
      headers: { authorization: frontendToken(loaded) },
      seconds: 600, // ended by hand
      connections: loadConnections,
      core: options.clientCore,
      nice: 19, // the timing clients and the upstream share this core and must not wait for the load generator
    });
    running.push({ stop: () => load.stop().catch(() => undefined) });
    // Users of the environment that changes alone, and of one that does not.
    const clients = [...new Set([loaded, names.includes(single) ? single : loaded])].map((name) =>
      startClient({
        ...{ port: server.port, path: oneUser, connections: clientConnections },
        headers: { authorization: frontendToken(name) },
      }),
    );
    running.push(...clients);
    await sleep(options.warmup * 1000);
    for (const { samples } of clients) samples.length = 0;

    const windows = {};
    for (const { id } of kinds.filter((kind) => kind.set === set)) {
      windows[id] = [];
      for (let i = 0; i < options.swaps; i++) windows[id].push(await swap(id, upstream, server.port));
    }
    for (const client of clients) await client.stop();
    const total = await load.stop();
    const samples = clients.flatMap((client) => client.samples);
    const failed = samples.filter(({ failure }) => failure).length + failures(total);
    const { residentKiB, peakKiB } = memory(server.child.pid, server.port);
    const others = { failed, startedKiB, residentKiB, peakKiB };
    return Object.entries(windows).map(([id, swaps]) => {
      const row = {
        kind: id,
        subject: subject.id,
        ...swapFigures(samples, swaps, Object.values(windows).flat()),
        ...others,
      };
      say(
        `environments ${id} ${subject.id}: stall ${row.stallMs.toFixed(1)} ms, at other times ${row.noiseMs.toFixed(1)} ms`,
      );
      return row;
    });
  } finally {
    for (const one of running.reverse()) await one.stop();
    await upstream.stop();
  }
}

async function startUpstream(set, { swaps, clientCore }) {
  const port = await freePort();
  const script = join(import.meta.dirname, 'upstream.mjs');
  const args = [script, set, String(swaps), String(port)];
  const child = startPinned({ name: 'upstream', command: process.execPath, args, core: clientCore });
  await untilOk(child, `http://127.0.0.1:${port}/version`);
  return { port, stop: child.stop };
}

async function startServer(subject, set, upstreamPort, { options, scratch }) {
  const names = environmentNames[set];
  const launch = (settings) => {
    const { env, ...rest } = subject.launch(settings);
    return { ...rest, env: { ...env, TOKENS: names.map(fetchToken).join(',') } };
  };
  const probe = { path: oneUser, headers: { authorization: frontendToken(names[0]) } };
  const server = await startSubject(
    { ...subject, launch },
    { suite: { probe }, upstreamPort, scratch, core: options.serverCore, fetchIntervalMs },
  );
  for (const name of names) await untilSeen(server.port, name, 0);
  return server;
}

/** A backend SDK's question: from then on the whole document is there for the next one, compressed and not. */
async function askDefinitions(port, name) {
  const headers = { authorization: fetchToken(name), 'accept-encoding': 'gzip' };
  const { status } = await send(`http://127.0.0.1:${port}/api/client/features`, { headers });
  if (status !== 200) throw new Error(`the definitions of ${name} were answered with ${status}`);
}

/** Lets flags change. The window begins when upstream is first asked for new ones, and ends a while after all are served. */
async function swap(id, upstream, port) {
  const askUpstream = async (method, path) =>
    JSON.parse((await send(`http://127.0.0.1:${upstream.port}${path}`, { method })).body.toString());
  await sleep(quietMs);
  const versions = await askUpstream('POST', `/swap?of=${id === 'one' ? 'one' : 'all'}`);
  const changed = id === 'one' ? [single] : Object.keys(versions);
  for (const name of changed) await untilSeen(port, name, versions[name]);
  const seenAt = now();
  await sleep(settleMs + quietMs / 4); // so that this process's own next question falls outside of the window
  const { fetchedAt } = await askUpstream('GET', '/version');
  return { from: fetchedAt, seenAt, until: seenAt + settleMs };
}

async function untilSeen(port, name, version) {
  const url = `http://127.0.0.1:${port}/api/frontend/features/${marker(name, version)}`;
  const deadline = now() + visibleWithinMs;
  while (now() < deadline) {
    const { status } = await send(url, { headers: { authorization: frontendToken(name) } });
    if (status === 200) return;
    await sleep(5);
  }
  throw new Error(`version ${version} of ${name} was not served within ${visibleWithinMs} ms`);
}
