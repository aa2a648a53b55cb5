// What OpenFeature's bulk evaluation is measured beside: each mode with its own route, and the flags that both answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataset } from '../datasets.mjs';
import { startUpstream as startFlagsmith } from '../flagsmith/stage.mjs';
import { keys } from '../flagsmith-datasets.mjs';
import { startPinned } from '../lib/child.mjs';
import { freePort, untilOk } from '../lib/http.mjs';

const launcher = fileURLToPath(new URL('../../bin/halyard.mjs', import.meta.url));
const unleashUpstream = fileURLToPath(new URL('../upstream.mjs', import.meta.url));

const operatorToken = 'operator-token-of-the-benchmark';
const userOf = (i) => `user-${i * 7919}`;

/** Contexts that come again and again, as those of clients that poll. */
export const userCount = 100;

/** The users' requests to the mode's own route as GET and POST, and to OpenFeature's. */
const requests = {
  'native GET': ({ path, parameter }, user) => ({ method: 'GET', path: `${path}?${parameter}=${user}`, body: '' }),
  'native POST': ({ path, bodyOf }, user) => ({ method: 'POST', path, body: JSON.stringify(bodyOf(user)) }),
  'OFREP bulk': (_mode, user) => ({
    method: 'POST',
    path: '/ofrep/v1/evaluate/flags',
    body: JSON.stringify({ context: { targetingKey: user } }),
  }),
};
export const kinds = Object.keys(requests);

/** What each user sends in one kind of request. */
export const requestsOf = (kind, mode, users = userCount) =>
  Array.from({ length: users }, (_, i) => requests[kind](mode, userOf(i)));

const unleash = { parameter: 'userId', bodyOf: (userId) => ({ context: { userId } }), start: startUnleash };

/** Modes by name. `sets` names what they are measured with. */
export const modes = {
  edge: {
    ...unleash,
    title: 'Edge',
    sets: ['chance', 'fixed'],
    path: '/api/frontend',
    key: '*:development.frontend-bench',
    args: ['edge'],
    settings: ({ port, upstreamPort }) => ({
      PORT: String(port),
      INTERFACE: '127.0.0.1',
      UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}`,
      TOKENS: '*:development.client-bench',
      STRICT: 'true',
    }),
  },
  proxy: {
    ...unleash,
    title: 'Proxy',
    sets: ['chance', 'fixed'],
    path: '/proxy',
    key: 'bench-key',
    args: ['proxy'],
    settings: ({ port, upstreamPort, folder }) => ({
      PORT: String(port),
      UNLEASH_URL: `http://127.0.0.1:${upstreamPort}/api`,
      UNLEASH_API_TOKEN: 'default:development.bench',
      UNLEASH_PROXY_CLIENT_KEYS: 'bench-key',
      TMPDIR: folder,
    }),
  },
  flagsmith: {
    title: 'Flagsmith',
    sets: ['features350'],
    path: '/api/v1/identities/',
    parameter: 'identifier',
    bodyOf: (identifier) => ({ identifier, traits: [] }),
    key: keys('features350').client,
    keyHeader: 'X-Environment-Key',
    start: (set, core) => startFlagsmith(set, { core }),
    args: ['flagsmith'],
    settings: ({ port, upstreamPort }) => ({
      ENVIRONMENT_KEY_PAIRS: JSON.stringify([
        { server_side_key: keys('features350').server, client_side_key: keys('features350').client },
      ]),
      API_URL: `http://127.0.0.1:${upstreamPort}/api/v1`,
      LOGGING: '{"log_level":"WARNING"}',
      SERVER: JSON.stringify({ host: '127.0.0.1', port }),
    }),
  },
};

/** Sets of 350 flags. */
export const sets = {
  chance: 'some by chance or the clock',
  fixed: 'all by user',
  features350: '15 segments',
};

export const headersOf = ({ key, keyHeader = 'Authorization' }) => ({ [keyHeader]: key });

/**
 * Starts a mode; resolves after its first 200.
 *
 * @param more variables besides the mode's own
 */
export async function startMode(mode, { runtime, upstreamPort, folder, core, more = {} }) {
  const port = await freePort();
  const child = startPinned({
    name: `${mode.args[0]} on ${runtime}`,
    command: process.execPath,
    args: [launcher, ...mode.args],
    env: {
      NODE_ENV: 'production',
      HALYARD_RUNTIME: runtime,
      ...mode.settings({ port, upstreamPort, folder }),
      ...more,
    },
    core,
    cwd: folder,
  });
  const [{ path }] = requestsOf('native GET', mode, 1);
  await untilOk(child, `http://127.0.0.1:${port}${path}`, headersOf(mode));
  return { port, pid: child.pid, stop: child.stop };
}

/** What switches operator tools on. */
export const withOperator = { HALYARD_OPERATOR_TOKEN: operatorToken, HALYARD_OPERATOR_ACCESS: 'token' };
export const withoutOperator = { HALYARD_OPERATOR_ACCESS: 'off' };

async function startUnleash(set, core, folder) {
  const file = join(folder, `${set}.json`);
  writeFileSync(file, JSON.stringify(set === 'fixed' ? withoutChance(dataset('large')) : dataset('large')));
  const port = await freePort();
  const args = [unleashUpstream, file, String(port)];
  const child = startPinned({ name: 'upstream', command: process.execPath, args, core });
  await untilOk(child, `http://127.0.0.1:${port}/counts`);
  return { port, stop: child.stop };
}

/** The same flags, as far as nothing but the user decides. */
function withoutChance(document) {
  const isSteady = ({ contextName }) => contextName !== 'currentTime';
  const strategies = (list) =>
    list
      .filter(({ name }) => name !== 'remoteAddress')
      .map((strategy) => ({
        ...strategy,
        parameters: strategy.parameters.stickiness
          ? { ...strategy.parameters, stickiness: 'userId' }
          : strategy.parameters,
        constraints: strategy.constraints.filter(isSteady),
      }));
  const features = document.features.map((feature) => ({ ...feature, strategies: strategies(feature.strategies) }));
  return { ...document, features };
}
