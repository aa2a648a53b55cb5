import { createServer } from 'node:net';

/**
 * Ports are taken from here, below those that the system gives to outgoing connections, and above 10080, the last one
 * that `fetch` and browsers refuse.
 */
const first = 10_088;
const last = 32_000;

/**
 * Files of tests run side by side, and a port is not bound the moment that it is given out. So each of vitest's workers
 * has ports of its own, and gives out one after the other.
 */
const lanes = 8;
const lane = Number(process.env.VITEST_POOL_ID ?? 0) % lanes;
const perLane = (last - first) / lanes;
let given = Math.floor(Math.random() * perLane);

/**
 * A TCP port that is free on every interface right now. Taken from below the ephemeral range, so that no outgoing
 * connection of another test grabs it before the program under test binds it.
 *
 * @param besides distance to a second port that has to be free as well, and below that range: a multiple of 8
 */
export async function freePort(besides = 0): Promise<number> {
  for (let attempt = 0; attempt < perLane; attempt++) {
    given = (given + 1) % perLane;
    const port = first + given * lanes + lane;
    if (port + besides >= last) continue;
    if ((await canBind(port)) && (besides === 0 || (await canBind(port + besides)))) return port;
  }
  throw new Error('no free port found');
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}
