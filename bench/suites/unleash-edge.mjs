// Unleash Edge's API: the frontend API and the definitions for server-side SDKs, beside the real one.
import { cargoComponents, cargoProgram } from '../../scripts/lib/components.mjs';
import {
  idleMemory,
  memoryBelow,
  noFailedLoads,
  ofBare,
  setMemory,
  swapFailures,
  swapStall,
  times,
} from '../promises.mjs';
import { flagSets, halyard, limits } from './common.mjs';

const frontendToken = '*:development.frontend-bench';
const clientToken = '*:development.client-bench';

// The variables of the original.
const settings = ({ port, upstreamPort, fetchIntervalMs }) => ({
  PORT: String(port),
  INTERFACE: '127.0.0.1',
  UPSTREAM_URL: `http://127.0.0.1:${upstreamPort}`,
  TOKENS: clientToken,
  STRICT: 'true',
  ...(fetchIntervalMs ? { FEATURES_REFRESH_INTERVAL_SECONDS: String(fetchIntervalMs / 1000) } : {}),
});

const original = {
  id: 'unleash-edge',
  title: 'Unleash Edge',
  component: 'unleash-edge',
  optional: true,
  swaps: true,
  reference: true,
  launch: (where) => ({ command: program(), args: ['edge'], env: settings(where) }),
  // It cannot be asked.
  version: () => cargoComponents['unleash-edge'].version,
};

function program() {
  return cargoProgram('unleash-edge');
}

// The query that the browser SDK sends. requests.lua replaces the capitals anew for each request.
const query = (user, session) => `/api/frontend?sessionId=${session}&appName=bench&environment=default&userId=${user}`;
const oneUser = query('7f3a2c', '184729301');
const randomUsers = query('RANDOMUSER', 'RANDOMSESSION');
const frontend = { authorization: frontendToken };
const client = { authorization: clientToken };
const compressed = { 'accept-encoding': 'gzip, br' };
const features = '/api/client/features';
const most = ['small', 'large'];
const all = [...most, 'huge'];

const asked = (id, title, path, headers, reply, datasets, more = {}) =>
  Object.freeze({
    id,
    title,
    path,
    headers,
    reply,
    datasets,
    probePath: path.includes('RANDOM') ? oneUser : path,
    ...more,
  });

export default {
  id: 'unleash-edge',
  title: 'Unleash Edge',
  flagSets,
  subjects: [halyard('bun', ['edge'], settings), halyard('node', ['edge'], settings), original, ...limits],
  workloads: [
    asked('fixed', 'frontend, one user', oneUser, frontend, 'plain', all),
    asked('random', 'frontend, random users', randomUsers, frontend, 'plain', all),
    asked(
      'fixed-compressed',
      'frontend, one user, gzip and br accepted',
      oneUser,
      { ...frontend, ...compressed },
      'compressed',
      most,
    ),
    asked(
      'random-compressed',
      'frontend, random users, gzip and br accepted',
      randomUsers,
      { ...frontend, ...compressed },
      'compressed',
      most,
    ),
    asked('unchanged', 'frontend, nothing new (304)', oneUser, frontend, 'unchanged', ['small'], { conditional: true }),
    asked('features', 'definitions', features, client, 'features', most),
    asked(
      'features-compressed',
      'definitions, gzip and br accepted',
      features,
      { ...client, ...compressed },
      'features-compressed',
      ['large'],
    ),
    asked('features-unchanged', 'definitions, nothing new (304)', features, client, 'features-unchanged', most, {
      conditional: true,
    }),
  ],
  probe: { path: oneUser, headers: frontend },
  pathForUser: (user, session) => `${query(user, session)}&remoteAddress=10.1.2.3`,
  swapLoad: { path: randomUsers, headers: frontend },
  promises: [
    times('halyard-bun', 'small', 'fixed', 3),
    times('halyard-bun', 'large', 'fixed', 12),
    times('halyard-bun', 'large', 'random', 7),
    times('halyard-bun', 'small', 'features', 2),
    times('halyard-bun', 'large', 'features', 6),
    times('halyard-bun', 'small', 'unchanged', 3),
    times('halyard-bun', 'small', 'features-unchanged', 3),
    times('halyard-bun', 'large', 'features-unchanged', 3),
    times('halyard-bun', 'large', 'fixed-compressed', 15),
    times('halyard-bun', 'large', 'random-compressed', 4),
    ofBare('halyard-bun', 'small', 'fixed', 0.7),
    ofBare('halyard-bun', 'large', 'fixed', 0.5),
    ofBare('halyard-bun', 'small', 'features', 0.8),
    ofBare('halyard-bun', 'large', 'features', 0.8),
    ofBare('halyard-bun', 'small', 'unchanged', 0.8),
    ofBare('halyard-bun', 'small', 'features-unchanged', 0.8),
    ofBare('halyard-bun', 'large', 'features-unchanged', 0.8),
    memoryBelow('halyard-bun', 'large', 1),
    memoryBelow('halyard-bun', 'huge', 1),
    idleMemory('halyard-bun', 70),
    idleMemory('halyard-node', 100),
    setMemory('halyard-bun', 'huge', 8),
    setMemory('halyard-node', 'huge', 8),
    ...['halyard-bun', 'halyard-node'].flatMap((subject) => [
      swapFailures(subject, 'large'),
      swapFailures(subject, 'huge'),
      swapStall(subject, 'huge', 30),
    ]),
    noFailedLoads,
  ],
};
