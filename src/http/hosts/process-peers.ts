import { createReadStream, existsSync } from 'node:fs';
import { type PeerLimits, PeerWatch, usualPeerLimits } from './peer-watch.ts';
import { connectionKey, SocketTableReader, type WaitingConnection } from './socket-table.ts';

const tables = { 'IPv4-lines': '/proc/net/tcp', 'IPv6-lines': '/proc/net/tcp6' } as const;
const pieceBytes = 64 * 1024;
/** About 200,000 connections of all programs of this network namespace, per table. Those behind are not seen. */
const longestTableBytes = 32 * 1024 * 1024;

/** Read by threads of the runtime, not by the one that answers requests. */
async function* readTables(): AsyncGenerator<readonly WaitingConnection[]> {
  for (const kind of ['IPv4-lines', 'IPv6-lines'] as const) {
    if (!existsSync(tables[kind])) continue;
    const reader = new SocketTableReader(kind);
    const pieces = createReadStream(tables[kind], { highWaterMark: pieceBytes, end: longestTableBytes });
    for await (const piece of pieces) yield reader.feed(piece as Buffer);
  }
}

function createWatch(limits: PeerLimits): PeerWatch {
  return new PeerWatch({
    limits,
    readTable: () => (process.platform === 'linux' ? readTables() : undefined),
    elapsedMs: () => performance.now(),
    schedule(run, ms) {
      const timer = setTimeout(run, ms);
      timer.unref?.();
      return () => clearTimeout(timer);
    },
  });
}

/** The watch over all streams of this process: the table that it reads is one for all. */
export let processPeers: PeerWatch = createWatch(usualPeerLimits);

/** Begins anew with other limits. To be called before anything is watched. */
export function usePeerLimits(limits: PeerLimits): void {
  processPeers = createWatch(limits);
}

/** Watches one connection of this process. See {@link PeerWatch.add}; does nothing on a socket path. */
export function watchPeer(
  remoteAddress: string | undefined,
  remotePort: number | undefined,
  localPort: number | undefined,
  cut: () => void,
): () => void {
  const key = process.platform === 'linux' ? connectionKey(remoteAddress, remotePort, localPort) : undefined;
  return key === undefined ? () => undefined : processPeers.add(key, cut);
}
