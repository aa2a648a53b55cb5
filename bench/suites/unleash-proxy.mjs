// Unleash Proxy's API: `GET /proxy`, beside the real one.
import { join } from 'node:path';
import { componentDir, componentNode } from '../../scripts/lib/components.mjs';
import { firstLine } from '../lib/machine.mjs';
import {
  idleMemory,
  memoryBelow,
  noFailedLoads,
  setMemory,
  start,
  swapFailures,
  swapStall,
  times,
} from '../promises.mjs';
import { flagSets, halyard, limits, packageVersion } from './common.mjs';

const clientKey = 'bench-key';

// The variables of the original: a drop-in replacement is measured with the settings it replaces.
const settings = ({ port, upstreamPort, scratch, fetchIntervalMs }) => ({
  NODE_ENV: 'production',
  PORT: String(port),
  UNLEASH_URL: `http://127.0.0.1:${upstreamPort}/api`,
  UNLEASH_API_TOKEN: 'default:development.bench',
  UNLEASH_PROXY_CLIENT_KEYS: clientKey,
  TMPDIR: scratch, // where the backup file goes: none is left over from an earlier start
  ...(fetchIntervalMs ? { UNLEASH_FETCH_INTERVAL: String(fetchIntervalMs) } : {}),
});

function originalFolder() {
  const dir = componentDir('unleash-proxy');
  if (!dir) throw new Error('@unleash/proxy is not installed');
  return join(dir, 'node_modules', '@unleash', 'proxy');
}

const original = {
  id: 'unleash-proxy',
  title: 'Unleash Proxy',
  component: 'unleash-proxy',
  swaps: true,
  reference: true,
  launch: (where) => ({
    command: componentNode('unleash-proxy'),
    args: [join(originalFolder(), 'dist', 'start.js')],
    env: settings(where),
  }),
  version: () =>
    `${packageVersion(originalFolder())}, Node ${firstLine(componentNode('unleash-proxy'), ['--version']).slice(1)}`,
};

// The query that the browser SDK sends. requests.lua replaces the capitals anew for each request.
const query = (user, session) => `/proxy?sessionId=${session}&appName=bench&environment=default&userId=${user}`;
const oneUser = query('7f3a2c', '184729301');
const randomUsers = query('RANDOMUSER', 'RANDOMSESSION');
const plain = { authorization: clientKey };
const compressed = { ...plain, 'accept-encoding': 'gzip, br' };
const most = ['small', 'large'];

const workload = (id, title, path, headers, reply, datasets, more = {}) =>
  Object.freeze({ id, title, path, headers, reply, datasets, probePath: oneUser, ...more });

export default {
  id: 'unleash-proxy',
  title: 'Unleash Proxy',
  flagSets,
  subjects: [halyard('bun', [], settings), halyard('node', [], settings), original, ...limits],
  /** `reply` names the captured bytes that the limits send in this workload. */
  workloads: [
    workload('fixed', 'one user', oneUser, plain, 'plain', [...most, 'huge']),
    workload('random', 'random users', randomUsers, plain, 'plain', most),
    workload('fixed-compressed', 'one user, gzip and br accepted', oneUser, compressed, 'compressed', most),
    workload('random-compressed', 'random users, gzip and br accepted', randomUsers, compressed, 'compressed', most),
    workload('unchanged', 'one user, nothing new (304)', oneUser, plain, 'unchanged', ['small'], { conditional: true }),
  ],
  /** A request that any subject must answer with 200. */
  probe: { path: oneUser, headers: plain },
  /**
   * The same request for another user, to compare answers. It names its address, because the original cannot match the
   * IPv4 peers of its dual-stack listener and Halyard does: an intended difference (specification of Unleash Proxy, 9.2).
   */
  pathForUser: (user, session) => `${query(user, session)}&remoteAddress=10.1.2.3`,
  swapLoad: { path: randomUsers, headers: plain },
  promises: [
    times('halyard-bun', 'small', 'fixed', 7),
    times('halyard-bun', 'small', 'random', 7),
    times('halyard-bun', 'large', 'fixed', 12),
    times('halyard-bun', 'large', 'random', 7),
    times('halyard-node', 'small', 'fixed', 3),
    times('halyard-node', 'small', 'random', 3),
    times('halyard-node', 'large', 'fixed', 8),
    times('halyard-node', 'large', 'random', 4),
    memoryBelow('halyard-bun', 'small', 0.5),
    memoryBelow('halyard-bun', 'large', 0.5),
    idleMemory('halyard-bun', 70),
    idleMemory('halyard-node', 100),
    setMemory('halyard-bun', 'huge', 8),
    setMemory('halyard-node', 'huge', 8),
    ...['halyard-bun', 'halyard-node'].flatMap((subject) => [
      swapFailures(subject, 'large'),
      swapStall(subject, 'large', 20),
      swapFailures(subject, 'huge'),
      swapStall(subject, 'huge', 30),
      start(subject, 'small', 400),
      start(subject, 'large', 400),
    ]),
    noFailedLoads,
  ],
};
