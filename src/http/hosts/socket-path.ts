import { lstatSync, rmSync } from 'node:fs';

/** A port text that is no number is a socket path, as in Node itself. */
export function isSocketPath(port: number | string): boolean {
  return Number.isNaN(Number(port));
}

/** Where to listen, as Node's servers take it; all interfaces without a host. */
export function listenTarget(
  port: number | string,
  host: string | undefined,
): { port: number; host?: string } | { path: string } {
  if (isSocketPath(port)) return { path: String(port) };
  return host === undefined ? { port: Number(port) } : { port: Number(port), host };
}

/**
 * Listens; where that is a socket path at which a process that was killed left its file, in place of that file.
 *
 * @param start may be called twice; throws or rejects with the system's error
 * @throws Error with the code `EADDRINUSE` where somebody answers there, or where the file is something else
 */
export async function listenInPlace<Value>(port: number | string, start: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await start();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (!isSocketPath(port) || code !== 'EADDRINUSE') throw error;
    const path = String(port);
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) throw inUse('the file there is no socket', path);
    if (await answers(path)) throw inUse('address already in use', path);
    rmSync(path, { force: true });
    return await start();
  }
}

/** Whatever happens but a refusal counts as an answer: a file is removed only where nobody can be behind it. */
async function answers(path: string): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function inUse(reason: string, path: string): Error {
  return Object.assign(new Error(`listen EADDRINUSE: ${reason} ${path}`), { code: 'EADDRINUSE' });
}
