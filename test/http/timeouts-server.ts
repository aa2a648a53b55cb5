/** A server whose idle connections are closed soon, on the runtime that this runs on: `bun timeouts-server.ts`. */
import { listen } from '../../src/http/hosts/listen.ts';
import type { Listen } from '../../src/http/hosts/types.ts';
import type { HttpHandler } from '../../src/http/types.ts';
import { sleep } from '../support/wait.ts';

const ok = { status: 200, headers: {}, body: 'ok' };
/** Longer than any idle connection lives. */
const slowMs = 7_000;

const handler: HttpHandler = ({ path }) => (path === '/slow' ? sleep(slowMs).then(() => ok) : ok);

export const startTimeoutsServer = (on: Listen) =>
  on(handler, { port: 0, host: '127.0.0.1', keepAliveTimeoutMs: 1_000, headTimeoutMs: 1_000 });

if (process.argv[2] === 'serve') console.log(`port ${(await startTimeoutsServer(listen)).port}`);
