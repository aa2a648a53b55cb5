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
const sockets = fileURLToPath(new URL('sockets.mjs', import.meta.url));
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
 * @returns `rows`, each with `name`, `runtime`, `pid`, `url` and `headers`; the `versions` of the runtimes; and what stops everything
 */
export async function startRows({ serverCore, clientCore, scratch }) {
  const stops = [];
  const stop = async () => {
    for (const end of stops.reverse()) await end();
  };
  const handlers = async (args, env, command = bunBinary(), program = script) => {
    const free = await freePorts(mostPorts);
    const child = startPinned({
      name: 'handlers',
      command,
      args: [program, free.join(), ...args].map(String),
      env: { NODE_ENV: 'production', ...env },
      core: serverCore,
    });
    stops.push(() => child.stop());
    return firstLine(child);
  };
  try {
    const { pid, ports, version } = await handlers([], {});
    const rows = rowsOf('bun', pid, ports);
    const onBun = await handlers([], {}, bunBinary(), sockets);
    const onNode = await handlers([], {}, process.execPath, sockets);
    for (const [collector, env] of Object.entries(collectors)) {
      const crowded = await handlers([objects], env);
      const [port] = Object.values(crowded.ports);
      const what = `304, the same in a process with ${objects.toLocaleString('en-US')} objects`;
      rows.push(...rowsOf('bun', crowded.pid, { [`${what}, collector ${collector}`]: port }));
    }
    rows.push(...rowsOf('bun', onBun.pid, onBun.ports), ...rowsOf('node', onNode.pid, onNode.ports));
    rows.push(...(await halyardRows({ serverCore, clientCore, scratch, stops })));
    return { rows, versions: { bun: version, node: onNode.version }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const rowsOf = (runtime, pid, ports) =>
  Object.entries(ports).map(([name, port]) => ({
    name,
    runtime,
    pid,
    url: `http://127.0.0.1:${port}${path}`,
    headers: { ...headers, ...(name.includes('304') ? condition : {}) },
  }));

/** Edge mode, as the suite for it starts it, with its own HTTP and with that of the runtimes. */
async function halyardRows({ serverCore, clientCore, scratch, stops }) {
  const upstream = await startUpstream('small', { scratch, core: clientCore });
  stops.push(() => upstream.stop());
  const rows = [];
  for (const runtime of ['bun', 'node']) {
    const subject = edge.subjects.find(({ id }) => id === `halyard-${runtime}`);
    for (const http of ['own', 'runtime']) {
      const launch = (where) => withVariable(subject.launch(where), 'HALYARD_HTTP', http);
      const where = { suite: edge, upstreamPort: upstream.port, scratch, core: serverCore };
      const server = await startSubject({ ...subject, launch }, where);
      stops.push(() => server.stop());
      rows.push(...(await rowsOfServer(server, runtime, http === 'own' ? '' : ', HALYARD_HTTP=runtime')));
    }
  }
  return rows;
}

const withVariable = (launch, name, value) => ({ ...launch, env: { ...launch.env, [name]: value } });

function rowsOfServer({ child, port }, runtime, how) {
  const [pid] = listeningPids(child.pid, port);
  const asked = { unchanged: 'frontend', 'features-unchanged': 'definitions' };
  return Promise.all(
    Object.entries(asked).map(async ([id, what]) => {
      const workload = edge.workloads.find((candidate) => candidate.id === id);
      const url = `http://127.0.0.1:${port}${workload.path}`;
      const { etag } = (await send(url, { headers: workload.headers })).headers;
      return {
        name: `304, Halyard in Edge mode, ${what}${how}`,
        runtime,
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
