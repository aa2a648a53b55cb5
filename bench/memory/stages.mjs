// Loads the largest set in this process, on the runtime that runs it, and prints as JSON what each stage keeps: live
// memory after collecting, in bytes. `bun bench/memory/stages.mjs`, `node --expose-gc bench/memory/stages.mjs`.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { dataset } from '../datasets.mjs';

const onBun = typeof Bun !== 'undefined';
const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (path) => import(onBun ? `${root}src/${path}.ts` : `${root}dist/${path}.js`);
const { readClientFeatures } = await load('unleash/edge/documents/read-features');
const { parseJsonInSteps } = await load('unleash/definitions/parse-json');
const { allFlags } = await load('unleash/edge/documents/read-features');
const { sortedByName } = await load('unleash/edge/documents/by-name');
const { Environment } = await load('unleash/edge/environments/environment');
const { runInSlices } = await load('flags/steps');
const { systemSlicing } = await load('operations/slicing');

const jsc = onBun ? createRequire(import.meta.url)('bun:jsc') : undefined;

/** Bytes of live objects, and of what they hold outside of the heap. */
function live() {
  for (let i = 0; i < 3; i++) onBun ? Bun.gc(true) : globalThis.gc();
  // JavaScriptCore counts what is outside in.
  if (onBun) return jsc.heapStats().heapSize;
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const stages = [];
let before;
function mark(stage) {
  const now = live();
  stages.push({ stage, bytes: now - before });
  before = now;
}

const text = (size) => Buffer.from(JSON.stringify(dataset(size)));
const engine = {
  random: Math.random,
  now: Date.now,
  hostname: 'bench',
  customStrategies: new Map(),
  semantics: 'yggdrasil',
};
const token = { token: 'a', type: 'frontend', environment: 'development', projects: ['*'], status: 'Validated' };
const context = {
  appName: undefined,
  environment: undefined,
  userId: '7',
  sessionId: undefined,
  remoteAddress: undefined,
  currentTime: undefined,
  properties: {},
};

async function read(bytes) {
  const document = readClientFeatures(await runInSlices(parseJsonInSteps(bytes, allFlags), systemSlicing));
  return { ...document, features: sortedByName(document.features) };
}

/** Loads a set and asks for one reply. What is returned keeps all of it. */
async function served(size, tell) {
  const held = { bytes: text(size) };
  const documentBytes = held.bytes.length;
  tell(undefined);
  const document = await read(held.bytes);
  held.bytes = undefined;
  await new Promise((resolve) => setTimeout(resolve, 50));
  tell('flags as texts, segments', documentBytes);
  const options = { engine, tagger: () => 'tag', cacheBytes: 8_000_000 };
  const environment = await runInSlices(Environment.createInSteps(document, options), systemSlicing);
  tell('compiled flags');
  environment.frontend(token).list('enabled', context);
  tell('pieces of replies');
  return { environment, documentBytes };
}

// Code that runs for the first time is compiled, and stays: that is no memory of the set.
const small = await served('small', () => {});
const huge = await served('huge', (stage, ownBytes = 0) => {
  if (stage === undefined) before = live();
  else mark(stage);
  if (ownBytes > 0) stages.at(-1).bytes += ownBytes;
});
console.log(JSON.stringify({ stages, documentBytes: huge.documentBytes, flags: huge.environment.set.flags.length }));
if (small.environment.set.flags.length === 0) process.exitCode = 1;
process.exit();
