// `npm run smoke:image`: carries out the Dockerfile without a container engine, and runs the image in every mode as a
// container engine would: process 1, user 65532, read-only root, its own health check, SIGTERM.
//
//   --program <path>   uses this program in place of the build stage, which takes a minute and the registry of npm
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { canContain, execIn, startContainer } from './lib/container.mjs';
import { makeImage } from './lib/image.mjs';
import { root, setUp } from './lib/set-up.mjs';

const { values } = parseArgs({ options: { program: { type: 'string' } } });
setUp();
if (!canContain()) {
  console.error('The image can be tried out by root only, on a Linux that allows namespaces (unshare --mount --pid).');
  process.exit(3);
}

const scratch = mkdtempSync(join(tmpdir(), 'halyard-image-'));
const upstream = await startUpstream();
const origin = `http://127.0.0.1:${upstream.address().port}`;
const token = '*:development.some-secret';
try {
  const image = makeImage(root, join(scratch, 'image'), values.program && stageOf(resolve(values.program)));
  checkImage(image);
  const config = {
    environment_key_pairs: [{ server_side_key: 'ser.one', client_side_key: 'client' }],
    api_url: `${origin}/api/v1`,
  };
  const edge = { TOKENS: token, STRICT: 'true' };
  const frontend = { authorization: token };

  await mode(image, 'demo', [], {}, '/proxy/health', {}, 'ok');
  await mode(image, 'demo with two workers', ['demo'], { WORKERS: '2' }, '/proxy/health', {}, 'ok');
  const proxy = { UNLEASH_URL: `${origin}/api`, UNLEASH_API_TOKEN: 'x', UNLEASH_PROXY_CLIENT_KEYS: 'key' };
  await mode(image, 'proxy', [], proxy, '/proxy', { authorization: 'key' }, '"name":"smoke"');
  await mode(
    image,
    'edge by variables',
    [],
    { ...edge, UPSTREAM_URL: origin },
    '/api/client/features',
    frontend,
    '"name":"smoke"',
  );
  const state = join(scratch, 'state');
  mkdirSync(state, { mode: 0o777 });
  chmodSync(state, 0o777);
  const kept = { ...edge, BACKUP_FOLDER: '/var/lib/halyard' };
  const flags = (port) => ['--port', String(port), 'edge', '--upstream-url', origin];
  const volumes = { '/var/lib/halyard': state };
  await mode(
    image,
    'edge by flags, with a volume',
    flags,
    kept,
    '/api/client/features',
    frontend,
    '"name":"smoke"',
    volumes,
  );
  const files = ['unleash_features.json', 'unleash_tokens.json'].map((name) => readFileSync(join(state, name), 'utf8'));
  if (!files.every((text) => text.includes('development'))) throw new Error('nothing was kept in the volume');
  upstream.broken = true;
  await mode(
    image,
    'edge from the volume, upstream down',
    flags,
    kept,
    '/api/client/features',
    frontend,
    '"name":"smoke"',
    volumes,
  );
  upstream.broken = false;
  const bootstrap = join(image.root, 'app', 'flags.json');
  writeFileSync(bootstrap, JSON.stringify({ smoke: { enabled: true } }));
  await mode(
    image,
    'offline',
    ['offline', '--bootstrap-file', 'flags.json'],
    { CLIENT_TOKENS: token },
    '/api/client/features',
    frontend,
    '"name":"smoke"',
  );
  const listen = (port) =>
    writeFileSync(join(image.root, 'app', 'config.json'), JSON.stringify({ ...config, server: { port } }));
  await mode(
    image,
    'flagsmith',
    [],
    {},
    '/api/v1/flags/',
    { 'x-environment-key': 'client' },
    '"name":"smoke"',
    {},
    listen,
  );
  console.log('The image works in every mode.');
} finally {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
}

/** Results of the build stage that come from elsewhere. */
function stageOf(program) {
  const [empty, names] = ['empty', 'names'].map((name) => join(scratch, name));
  mkdirSync(empty);
  mkdirSync(names);
  symlinkSync('/usr/local/bin/halyard', join(names, 'unleash-edge'));
  return {
    '/out/halyard': program,
    '/out/THIRD-PARTY-LICENCES.txt': join(dirname(program), 'THIRD-PARTY-LICENCES.txt'),
    '/src/LICENSE': join(root, 'LICENSE'),
    '/out/app': empty,
    '/out/names': names,
    '/out/state': empty,
  };
}

function checkImage({ root: files, user, healthcheck }) {
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) throw new Error(`the user ${user} is not a number, or root`);
  if (!healthcheck.includes('health')) throw new Error('there is no health check');
  for (const path of [
    'usr/share/doc/halyard/LICENSE',
    'usr/share/doc/halyard/THIRD-PARTY-LICENCES.txt',
    'var/lib/halyard',
  ]) {
    if (!existsSync(join(files, path))) throw new Error(`${path} is missing in the image`);
  }
  const state = statSync(join(files, 'var/lib/halyard'));
  if (`${state.uid}:${state.gid}` !== user) throw new Error('the folder for state belongs to somebody else');
  const program = statSync(join(files, 'usr/local/bin/halyard'));
  if (program.uid !== 0 || (program.mode & 0o022) !== 0) throw new Error('others than root may change the program');
  console.log(`image: ${(program.size / 1e6).toFixed(0)} MB program, user ${user}`);
}

/** Starts one container, asks it once, checks its health as an engine does, stops it. */
async function mode(image, name, args, env, path, headers, expected, volumes = {}, prepare = () => {}) {
  const port = await freePort();
  prepare(port);
  const environment = { PORT: String(port), ...env };
  const words = typeof args === 'function' ? args(port) : args;
  const { child, inner } = await startContainer(image, words, { env: environment, volumes });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const exited = once(child, 'exit');
  try {
    const text = await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      const body = await reply.text();
      return reply.status === 200 && body.includes(expected) ? body : undefined;
    });
    if (text === undefined) throw new Error(`${path} never answered with ${expected}`);
    const status = readFileSync(`/proc/${inner}/status`, 'utf8');
    if (!/^CapEff:\s+0+$/m.test(status) || !/^NoNewPrivs:\s+1$/m.test(status))
      throw new Error('the process has rights');
    if (!/^NSpid:\s+\d+\s+1$/m.test(status)) throw new Error('it is not process 1');
    // The second one is that of deployments which were written for Unleash Edge.
    for (const command of [image.healthcheck, ['/unleash-edge', 'health']]) {
      const health = execIn({ inner, user: image.user }, command, environment);
      if (health.status !== 0)
        throw new Error(`${command.join(' ')} says ${health.status}: ${health.stdout}${health.stderr}`);
    }
    process.kill(inner, 'SIGTERM');
    const [code] = await exited;
    if (code !== 0) throw new Error(`it ended with ${code} on SIGTERM`);
    console.log(`fine: ${name}`);
  } catch (error) {
    child.kill('SIGKILL');
    try {
      process.kill(inner, 'SIGKILL');
    } catch {
      // It has ended by itself. What went wrong before is what is thrown.
    }
    throw new Error(`${name}: ${error.message}\n${output}`, { cause: error });
  }
}

async function eventually(probe) {
  let last;
  for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      if (/^it ended/.test(error.message)) throw error;
      last = error;
    }
  }
  if (last) throw last;
}

/**
 * A port from below those that the system gives to outgoing connections: one of them may take it before it is bound. And
 * from above 10080, the last one that `fetch` refuses.
 */
async function freePort() {
  for (;;) {
    const port = 10_088 + 8 * Math.floor(Math.random() * 2_700);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return port;
  }
}

/** An Unleash and a Flagsmith in one, with one flag each. */
async function startUpstream() {
  const strategies = [{ name: 'default', parameters: {} }];
  const features = {
    version: 2,
    features: [{ name: 'smoke', enabled: true, project: 'default', strategies, variants: [] }],
  };
  const state = {
    feature: { id: 1, name: 'smoke', type: 'STANDARD' },
    enabled: true,
    feature_state_value: null,
    featurestate_uuid: 'a',
    multivariate_feature_state_values: [],
  };
  const project = {
    id: 1,
    name: 'p',
    organisation: { id: 1, name: 'o', feature_analytics: false, stop_serving_flags: false, persist_trait_data: true },
    hide_disabled_flags: false,
    segments: [],
  };
  const document = {
    id: 1,
    api_key: 'client',
    project,
    feature_states: [state],
    identity_overrides: [],
    updated_at: '2026-01-01T00:00:00+00:00',
  };
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url.split('?')[0];
    const answers = {
      '/api/client/features': features,
      '/edge/validate': { tokens: [{ token, type: 'client', environment: 'development', projects: ['*'] }] },
      '/api/v1/environment-document/': document,
    };
    if (server.broken) request.socket.destroy();
    else if (path in answers)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[path]));
    else response.writeHead(202).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
