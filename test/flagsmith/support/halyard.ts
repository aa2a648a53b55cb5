/** Halyard in Flagsmith mode as a process, over a scripted core API. */
import { freePort } from '../../support/ports.ts';
import { type Server, type StartOptions, startServer } from '../../support/server.ts';
import { isHalyard, type Subject, subjects } from '../../support/subjects.ts';
import type { CoreApi } from './core-api.ts';

/** Both runtimes, unless chosen otherwise. */
export const runtimes = (): Subject[] => subjects().filter(isHalyard);

/** The variable with pairs of keys, `[server key, client key]`. */
export function keyPairs(...pairs: readonly (readonly [server: string, client: string])[]): Record<string, string> {
  const list = pairs.map(([server_side_key, client_side_key]) => ({ server_side_key, client_side_key }));
  return { ENVIRONMENT_KEY_PAIRS: JSON.stringify(list) };
}

/** Settings of a server on one port of this machine. */
export function listensOn(port: number): Record<string, string> {
  return { SERVER: JSON.stringify({ host: '127.0.0.1', port }) };
}

/** Starts Halyard over a core API; polls every second, and waits for answers as long as a busy machine needs. */
export async function startFlagsmith(
  subject: Subject,
  core: CoreApi | null,
  env: Record<string, string>,
  options: StartOptions = {},
): Promise<Server> {
  const port = options.port ?? (await freePort());
  const upstream: Record<string, string> =
    core === null ? {} : { API_URL: core.url, API_POLL_FREQUENCY_SECONDS: '1', API_POLL_TIMEOUT_SECONDS: '10' };
  return startServer(subject, { ...options, port, env: { ...listensOn(port), ...upstream, ...env } });
}
