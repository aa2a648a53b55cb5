// node bench/ofrep.mjs [--seconds 4] [--dataset large] [--users 100] [--rounds 3] [--runtimes bun,node] [--modes proxy,edge]
// Bulk evaluation over OFREP beside the frontend API of the same process, with the same contexts: both as POST, and the
// frontend's own GET for comparison; whole replies, and entity tags that still hold. Needs wrk. Exits with 1 when OFREP
// is more than 15 % slower than the frontend API asked in the same way.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataset } from './datasets.mjs';
import { freePort } from './lib/http.mjs';

const bound = 0.85;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    dataset: { type: 'string', default: 'large' },
    users: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    runtimes: { type: 'string', default: 'bun,node' },
    modes: { type: 'string', default: 'proxy,edge' },
  },
});
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'halyard-ofrep-'));
const users = Array.from({ length: Number(values.users) }, (_, i) => `user-${i * 7919}`);
const key = '*:development.bench-frontend-secret';
const document = dataset(values.dataset);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const modes = {
  edge: {
    args: [
      'offline',
      '--bootstrap-file',
      join(scratch, 'flags.json'),
      '--frontend-tokens',
      key,
      '--client-tokens',
      '*:development.bench-client-secret',
    ],
    env: () => ({}),
    native: '/api/frontend',
  },
  proxy: {
    args: ['proxy'],
    env: (upstream) => ({ UNLEASH_URL: upstream, UNLEASH_API_TOKEN: 'token', UNLEASH_PROXY_CLIENT_KEYS: key }),
    native: '/proxy',
  },
};

writeFileSync(join(scratch, 'flags.json'), JSON.stringify(document));
const upstream = createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(request.url?.includes('/client/features') ? JSON.stringify(document) : '');
}).listen(0, '127.0.0.1');
await new Promise((resolve) => upstream.once('listening', resolve));
const upstreamUrl = `http://127.0.0.1:${upstream.address().port}/api`;

let holds = true;
for (const runtime of values.runtimes.split(',')) {
  for (const mode of values.modes.split(',')) holds = (await measure(runtime, modes[mode], mode)) && holds;
}
upstream.close();
upstream.closeAllConnections();
rmSync(scratch, { recursive: true, force: true });
console.log(holds ? 'OFREP is within 15 % everywhere.' : 'OFREP is more than 15 % slower somewhere.');
process.exit(holds ? 0 : 1);

async function measure(runtime, { args, env, native }, name) {
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, 'bin/halyard.mjs'), ...args], {
    env: { PATH: process.env.PATH, HOME: scratch, HALYARD_RUNTIME: runtime, PORT: String(port), ...env(upstreamUrl) },
    stdio: 'ignore',
  });
  try {
    const base = `http://127.0.0.1:${port}`;
    const kinds = {
      'native GET': { path: native, get: true },
      'native POST': { path: native, body: (userId) => ({ context: { userId } }) },
      'OFREP bulk': { path: '/ofrep/v1/evaluate/flags', body: (targetingKey) => ({ context: { targetingKey } }) },
    };
    for (const kind of Object.values(kinds)) await untilOk(base, kind);
    const rates = {};
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [title, kind] of Object.entries(kinds)) {
        add(rates, title, run(base, kind, await tagsOf(base, kind, false)));
        if (title !== 'native POST') add(rates, `${title} 304`, run(base, kind, await tagsOf(base, kind, true)));
      }
    }
    const best = Object.fromEntries(Object.entries(rates).map(([title, list]) => [title, Math.max(...list)]));
    const ratios = {
      bulkToPost: best['OFREP bulk'] / best['native POST'],
      bulkToGet: best['OFREP bulk'] / best['native GET'],
      notModifiedToGet: best['OFREP bulk 304'] / best['native GET 304'],
    };
    console.log(JSON.stringify({ runtime, mode: name, requestsPerSecond: best, ratios }));
    return ratios.bulkToPost >= bound;
  } finally {
    child.kill();
  }
}

function add(rates, title, rate) {
  rates[title] ??= [];
  rates[title].push(Math.round(rate));
}

function requestOf({ path, get, body }, user) {
  if (get) return { path: `${path}?userId=${user}`, method: 'GET', text: undefined };
  return { path, method: 'POST', text: JSON.stringify(body(user)) };
}

async function ask(base, kind, user, headers = {}) {
  const { path, method, text } = requestOf(kind, user);
  const type = text === undefined ? {} : { 'Content-Type': 'application/json' };
  const options = { method, body: text, headers: { Authorization: key, ...type, ...headers } };
  // A connection that was idle for seconds may be closed at the very moment that it is used.
  return fetch(base + path, options).catch(() => fetch(base + path, options));
}

async function untilOk(base, kind) {
  for (let i = 0; i < 200; i++) {
    try {
      const response = await ask(base, kind, users[0]);
      await response.text();
      if (response.status === 200) return;
    } catch {
      // It does not listen yet: asked again below, and reported when it never does.
    }
    await sleep(100);
  }
  throw new Error(`${base}${kind.path} does not answer`);
}

/** What every user holds already, where that is what is measured. */
async function tagsOf(base, kind, isWanted) {
  if (!isWanted) return [];
  return Promise.all(
    users.map(async (user) => {
      const response = await ask(base, kind, user);
      await response.text();
      return response.headers.get('etag');
    }),
  );
}

function run(base, kind, tags) {
  const script = join(scratch, 'requests.lua');
  const lines = users.map((user, i) => {
    const { path, method, text } = requestOf(kind, user);
    const headers = [`["Authorization"]="${key}"`];
    if (text !== undefined) headers.push('["Content-Type"]="application/json"');
    if (tags[i] !== undefined) headers.push(`["If-None-Match"]=[[${tags[i]}]]`);
    return `wrk.format("${method}", "${path}", {${headers.join(',')}}${text === undefined ? '' : `, [[${text}]]`})`;
  });
  const init = `local r = {}\nfunction init(args)\n${lines.map((line) => `r[#r+1] = ${line}`).join('\n')}\nend`;
  writeFileSync(script, `${init}\nlocal i = 0\nfunction request()\ni = i % #r + 1\nreturn r[i]\nend\n`);
  const wrk = spawnSync('wrk', ['-t1', '-c16', `-d${values.seconds}s`, '-s', script, base], { encoding: 'utf8' });
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(wrk.stdout)?.[1]);
  if (!(rate > 0) || /Non-2xx/.test(wrk.stdout)) throw new Error(`wrk failed: ${wrk.stdout}${wrk.stderr}`);
  return rate;
}
