/** A real PostgreSQL on a random port of the loopback interface, with a data directory that goes away with it. */
import { execFileSync } from 'node:child_process';
import { chown, cp, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { componentPostgres } from '../../../scripts/lib/components.mjs';
import { freePort } from '../../support/ports.ts';
import { runProcess, startProcess, temporaryDirectory } from './processes.ts';

export interface Postgres {
  readonly port: number;
  readonly user: string;
  readonly database: string;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export async function startPostgres(): Promise<Postgres> {
  const installed = componentPostgres('unleash-server');
  if (!installed) throw new Error('the component unleash-server brings no PostgreSQL for this platform');
  const directory = await temporaryDirectory('postgres');
  const home = directory.path;
  const data = join(home, 'data');
  await mkdir(data, { mode: 0o700 });
  const identity = unprivileged();
  let programs = installed;
  if (identity) {
    // PostgreSQL refuses to run as root, and another user may not be able to read the checkout: give it its own copy.
    programs = join(home, 'programs');
    await cp(installed, programs, { recursive: true, verbatimSymlinks: true });
    await chown(home, identity.uid, identity.gid);
    await chown(data, identity.uid, identity.gid);
  }
  const options = { cwd: home, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' }, ...identity };
  const init = ['-D', data, '-U', 'unleash', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await runProcess(join(programs, 'bin/initdb'), init, options);
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((s) => ['-c', s]);
  const server = startProcess(join(programs, 'bin/postgres'), ['-D', data, '-p', String(port), ...settings], options);
  const stop = async () => {
    await server.stop('SIGINT');
    await directory.remove();
  };
  try {
    await server.up('PostgreSQL to accept connections', () => accepts(port), 120_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, user: 'unleash', database: 'postgres', stop };
}

/** The account to run as when this process is root. */
function unprivileged(): Identity | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
