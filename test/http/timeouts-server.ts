/** A server whose idle connections are closed soon. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpHandler } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';
import { sleep } from '../support/wait.ts';

const ok = { status: 200, headers: {}, body: 'ok' };
/** Longer than any idle connection lives. */
const slowMs = 12_000;

/** The port of a server whose idle connections stay for ever. */
let patientPort: number | undefined;

const handler: HttpHandler = (request) => {
  switch (request.path) {
    case '/slow':
      return sleep(slowMs).then(() => ok);
    case '/body':
      return request.readBody(1_000).then(() => ok);
    case '/patient-port':
      return { ...ok, body: String(patientPort) };
    default:
      return ok;
  }
};

export async function startTimeoutsServer(on: Listen): Promise<Listening> {
  const patient = await on(handler, { port: 0, host: '127.0.0.1', keepAliveTimeoutMs: 0 });
  patientPort = patient.port;
  const server = await on(handler, { port: 0, host: '127.0.0.1', keepAliveTimeoutMs: 3_000, headTimeoutMs: 3_000 });
  return {
    ...server,
    async close(graceMs) {
      await Promise.all([patient.close(graceMs), server.close(graceMs)]);
    },
  };
}

await serveIfAsked(import.meta.url, startTimeoutsServer);
