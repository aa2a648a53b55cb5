import { createServer } from 'node:net';

/** Ports are taken from here, below those that the system gives to outgoing connections. */
const first = 10_000;
const last = 32_000;

/**
 * A TCP port that is free on every interface right now. Taken from below the ephemeral range, so that no outgoing
 * connection of another test grabs it before the program under test binds it.
 *
 * @param besides distance to a second port that has to be free as well, and below that range
 */
export async function freePort(besides = 0): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = first + Math.floor(Math.random() * (last - besides - first));
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
