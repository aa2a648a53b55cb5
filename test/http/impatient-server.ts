/** The server of streams with short limits for peers that take nothing: `impatient-server.ts serve`, run by Bun. */
import { listenOnBun } from '../../src/http/hosts/bun.ts';
import { usePeerLimits } from '../../src/http/hosts/process-peers.ts';
import type { Listen } from '../../src/http/hosts/types.ts';
import { startStreamServer } from './stream-server.ts';

export function startImpatientServer(listen: Listen) {
  usePeerLimits({ lookMs: 100, vanishedMs: 60_000, stalledMs: 10_000 });
  return startStreamServer(listen);
}

if (process.argv[2] === 'serve') {
  const { port } = await startImpatientServer(listenOnBun);
  console.log(`port ${port}`);
}
