/** The server of streams with short limits for peers that take nothing. */
import { usePeerLimits } from '../../src/http/hosts/process-peers.ts';
import type { Listen } from '../../src/http/hosts/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';
import { startStreamServer } from './stream-server.ts';

export function startImpatientServer(listen: Listen) {
  usePeerLimits({ lookMs: 100, vanishedMs: 60_000, stalledMs: 10_000 });
  return startStreamServer(listen);
}

await serveIfAsked(import.meta.url, startImpatientServer);
