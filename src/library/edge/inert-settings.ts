import type { EdgeServerSettings } from './assemble-edge.ts';
import type { EdgeSettings } from './edge-store.ts';
import { upstreamLimitMs } from './upstream-times.ts';

/**
 * Seconds that Bun's HTTP server gives a client for the head of the first request, whatever it is told; it looks every four. A client
 * that sends it byte by byte gets no more. For further heads on a connection it has what idle connections have.
 */
const bunHeadSeconds = 10;

/**
 * Settings that do nothing, or less than they say, on a runtime: silence would be a promise. Defaults promise nothing.
 *
 * @returns sentences for the log
 */
export function inertSettings(
  server: Pick<EdgeServerSettings, 'edgeRequestTimeout' | 'http' | 'tlsEnable'>,
  settings:
    | Pick<EdgeSettings, 'deltaDiff' | 'upstreamRequestTimeout' | 'upstreamSocketTimeout' | 'clientKeepaliveTimeout'>
    | undefined,
  runtime: 'bun' | 'node',
): string[] {
  const notes: string[] = [];
  if (settings?.deltaDiff) {
    notes.push('--delta-diff has no effect: it compared two ways of fetching while one of them was new');
  }
  if (runtime === 'node') return notes;
  const onNode = 'HALYARD_RUNTIME=node has the setting';
  const byBun = server.http === 'runtime' ? 'with HALYARD_HTTP=runtime' : server.tlsEnable ? 'with HTTPS' : undefined;
  if (byBun !== undefined && ![5, bunHeadSeconds].includes(server.edgeRequestTimeout)) {
    notes.push(
      `--edge-request-timeout: on Bun ${byBun} a client has about ${bunHeadSeconds} s for the head of a request. ${onNode}`,
    );
  }
  if (settings === undefined) return notes;
  if (upstreamLimitMs(settings.upstreamRequestTimeout) < upstreamLimitMs(settings.upstreamSocketTimeout)) {
    notes.push(`--upstream-request-timeout: on Bun connecting is limited by --upstream-socket-timeout. ${onNode}`);
  }
  if (![0, 15].includes(settings.clientKeepaliveTimeout)) {
    notes.push(`--client-keepalive-timeout: Bun knows 0, which keeps no connections, and its own time. ${onNode}`);
  }
  return notes;
}

/** The runtime that this is. */
export const runtime = typeof Bun === 'undefined' ? 'node' : 'bun';
