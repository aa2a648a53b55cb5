// Puts an upstream and subjects on their cores, each subject with a scratch folder of its own.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataset } from '../datasets.mjs';
import { startPinned } from './child.mjs';
import { freePort, freePorts, untilOk } from './http.mjs';

const bench = fileURLToPath(new URL('..', import.meta.url));

/** A folder for this run's files inside `out`; `remove` deletes it. */
export function scratchFolder(out) {
  mkdirSync(out, { recursive: true });
  const path = mkdtempSync(join(out, 'run-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The standing upstream of bench/upstream.mjs with one feature set. */
export async function startUpstream(size, { scratch, core }) {
  const file = join(scratch, `${size}.json`);
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(dataset(size)));
  return startOwn('upstream.mjs', (port) => [file, port], '/counts', core);
}

/** The upstream of bench/swap, which changes its feature set on request. */
export function startSwappingUpstream(size, swaps, { core }) {
  return startOwn('swap/swapping-upstream.mjs', (port) => [size, swaps, port], '/version', core);
}

async function startOwn(script, args, path, core) {
  const port = await freePort();
  const child = startPinned({
    name: script,
    command: process.execPath,
    args: [join(bench, script), ...args(port).map(String)],
    core,
  });
  await untilOk(child, `http://127.0.0.1:${port}${path}`);
  return { port, stop: child.stop };
}

/**
 * Starts a subject and resolves after its first 200, with the milliseconds from spawn to that answer. A limit listens on
 * a port per captured reply, everybody else on one.
 *
 * @param suite whose `probe` is the request that must be answered with 200
 */
export async function startSubject(subject, { suite, upstreamPort, scratch, core, replies, fetchIntervalMs }) {
  const own = mkdtempSync(join(scratch, `${subject.id}-`));
  const { ports, wanted } = subject.limit ? await portPerReply(replies) : { ports: {}, wanted: 200 };
  const port = Object.values(ports)[0] ?? (await freePort());
  const settings = { port, ports, upstreamPort, scratch: own, replies, fetchIntervalMs };
  const launch = { name: subject.id, cwd: own, core, ...subject.launch(settings) };
  const from = performance.now();
  const child = startPinned(launch);
  await untilOk(child, `http://127.0.0.1:${port}${suite.probe.path}`, suite.probe.headers, undefined, wanted);
  const startMs = performance.now() - from;
  return {
    subject,
    child,
    port,
    startMs,
    portFor: (workload) => (subject.limit ? ports[workload.reply] : port),
    stop: child.stop,
  };
}

/** Ports by the name of a reply; the first is one that answers with 200, where there is one, or with `wanted`. */
async function portPerReply(replies) {
  const captured = JSON.parse(readFileSync(replies, 'utf8'));
  const names = Object.keys(captured).sort((a, b) => captured[a].status - captured[b].status);
  const ports = await freePorts(names.length);
  return {
    ports: Object.fromEntries(names.map((name, index) => [name, ports[index]])),
    wanted: captured[names[0]].status,
  };
}
