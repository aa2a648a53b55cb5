// What is measured. A later issue adds a route by adding rows here and naming the route in the subjects that serve it.
export const clientKey = 'bench-key';

/** Feature sets of `datasets.mjs`. `connections`: fewer where an answer takes so long that a queue would be all one sees. */
export const datasets = {
  small: { title: '5 flags' },
  large: { title: '350 flags' },
  huge: { title: '5,000 flags', connections: 8 },
};

// The query that the browser SDK sends. requests.lua replaces the capitals anew for each request.
const query = (user, session) => `/proxy?sessionId=${session}&appName=bench&environment=default&userId=${user}`;
const oneUser = query('7f3a2c', '184729301');
const randomUsers = query('RANDOMUSER', 'RANDOMSESSION');
const plain = { authorization: clientKey };
const compressed = { ...plain, 'accept-encoding': 'gzip, br' };
const most = ['small', 'large'];

/** `reply` names the captured bytes that the bare server sends in this workload. */
export const workloads = [
  {
    id: 'fixed',
    title: 'one user',
    route: 'proxy',
    path: oneUser,
    headers: plain,
    reply: 'plain',
    datasets: [...most, 'huge'],
  },
  {
    id: 'random',
    title: 'random users',
    route: 'proxy',
    path: randomUsers,
    headers: plain,
    reply: 'plain',
    datasets: most,
  },
  {
    id: 'fixed-compressed',
    title: 'one user, gzip and br accepted',
    route: 'proxy',
    path: oneUser,
    headers: compressed,
    reply: 'compressed',
    datasets: most,
  },
  {
    id: 'random-compressed',
    title: 'random users, gzip and br accepted',
    route: 'proxy',
    path: randomUsers,
    headers: compressed,
    reply: 'compressed',
    datasets: most,
  },
];

/** The path of a request that any subject must answer with 200. */
export const probePath = oneUser;
export const probeHeaders = plain;

/**
 * The same request for another user, to compare answers. It names its address, because the original cannot match the
 * IPv4 peers of its dual-stack listener and Halyard does: an intended difference (specification of Unleash Proxy, 9.2).
 */
export const pathForUser = (user, session) => `${query(user, session)}&remoteAddress=10.1.2.3`;
