// What the part about the runtime loads: handlers in one process; the most thorough of them in processes that keep as many
// objects as Halyard does; and Halyard itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bunBinary } from '../../bin/bun.mjs';
import { startPinned } from '../lib/child.mjs';
import { freePorts, send } from '../lib/http.mjs';
import { listeningPids } from '../lib/listener.mjs';
import { startSubject, startUpstream } from '../lib/stage.mjs';
import edge from '../suites/unleash-edge.mjs';

const script = fileURLToPath(new URL('server.mjs', import.meta.url));
const path = '/api/frontend?sessionId=184729301&appName=bench&environment=default&userId=7f3a2c';
const headers = { authorization: '*:development.frontend-bench' };
const condition = { 'if-none-match': 'W/"2ac-AbCdEfGhIjKlMnOpQrStUv=="' };
/** As many as Halyard has in Edge mode. */
const objects = 60_000;
/** More handlers than there are. */
const mostPorts = 32;

/** The collector as bun(1) sets it, and with collections of everything put off. */
const collectors = {
  'as Bun sets it': {},
  'of everything seldom': { BUN_JSC_heapGrowthMaxIncrease: '0.25', BUN_JSC_minEdenToOldGenerationRatio: '0.02' },
};

/**
 * Starts all of it on the server's core.
 *
 * @returns `rows`, each with `name`, `pid`, `url` and `headers`; Bun's `version`; and what stops everything
 */
export async function startRows({ serverCore, clientCore, scratch }) {
  const stops = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  const handlers = async (args, env) => {
    const free = await freePorts(mostPorts);
    const child = startPinned({
      name: 'handlers',
      command: bunBinary(),
      args: [script, free.join(), ...args].map(String),
      env: { NODE_ENV: 'production', ...env },
      core: serverCore,
    });
    stops.push(() => child.stop());
    return firstLine(child);
  };
  try {
    const { pid, ports, version } = await handlers([], {});
    const rows = Object.entries(ports).map(([name, port]) => row(name, pid, port));
    for (const [collector, env] of Object.entries(collectors)) {
      const crowded = await handlers([objects], env);
      const [port] = Object.values(crowded.ports);
      const what = `304, the same in a process with ${objects.toLocaleString('en-US')} objects`;
      rows.push(row(`${what}, collector ${collector}`, crowded.pid, port));
    }
    rows.push(...(await halyardRows({ serverCore, clientCore, scratch, stops })));
    return { rows, version, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const row = (name, pid, port) => ({
  name,
  pid,
  url: `http://127.0.0.1:${port}${path}`,
  headers: { ...headers, ...(name.includes('304') ? condition : {}) },
});

/** Edge mode, as the suite for it starts it. */
async function halyardRows({ serverCore, clientCore, scratch, stops }) {
  const upstream = await startUpstream('small', { scratch, core: clientCore });
  stops.push(() => upstream.stop());
  const subject = edge.subjects.find(({ id }) => id === 'halyard-bun');
  const server = await startSubject(subject, { suite: edge, upstreamPort: upstream.port, scratch, core: serverCore });
  stops.push(() => server.stop());
  const [pid] = listeningPids(server.child.pid, server.port);
  const asked = { unchanged: 'frontend', 'features-unchanged': 'definitions' };
  return Promise.all(
    Object.entries(asked).map(async ([id, what]) => {
      const workload = edge.workloads.find((candidate) => candidate.id === id);
      const url = `http://127.0.0.1:${server.port}${workload.path}`;
      const { etag } = (await send(url, { headers: workload.headers })).headers;
      return {
        name: `304, Halyard in Edge mode, ${what}`,
        pid,
        url,
        headers: { ...workload.headers, 'if-none-match': etag },
      };
    }),
  );
}

async function firstLine(child) {
  for (let i = 0; i < 400 && !child.stdout().includes('\n') && !child.hasExited(); i++) await sleep(50);
  const [line, ...rest] = child.stdout().split('\n');
  if (rest.length === 0) throw new Error(`${child.name} did not start:\n${child.output()}`);
  return JSON.parse(line);
}
