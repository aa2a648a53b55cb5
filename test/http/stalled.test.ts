/** A client that stops reading is found out before the system's memory for it is full, on every host. */
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { ableOrSkip } from '../support/abilities.ts';
import { onAllHosts } from '../support/http-hosts.ts';
import { eventually } from '../support/wait.ts';
import { startImpatientServer } from './impatient-server.ts';
import type { StreamFigures } from './stream-server.ts';

const script = new URL('./impatient-server.ts', import.meta.url);
const onLinux = process.platform === 'linux';
it
  .runIf(ableOrSkip(onLinux, 'this is not Linux', 'clients that stop reading', false))
  .concurrent.each(onAllHosts(script, startImpatientServer))('%s', async (_, start) => {
  const server = await start();
  const ask = async (path: string): Promise<StreamFigures> =>
    (await (await fetch(`http://127.0.0.1:${server.port}${path}`)).json()) as StreamFigures;
  const open = () => {
    const client = { socket: connect(server.port, '127.0.0.1'), bytes: 0 };
    client.socket.on('error', () => undefined);
    client.socket.on('data', (chunk) => {
      client.bytes += chunk.length;
    });
    client.socket.write('GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return client;
  };
  const [stopped, reading] = [open(), open()];
  try {
    await eventually('the first piece', () => stopped.bytes > 0 && reading.bytes > 0);
    stopped.socket.pause();
    // Less than the system takes for each connection: nothing waits in the host for long.
    for (let round = 0; round < 3; round++) await ask('/write?bytes=600000');
    await eventually('the one that reads', () => reading.bytes > 1_800_000);
    await eventually('the end of the other', async () => (await ask('/')).closed === 1);
    await ask('/write?bytes=5');
    await eventually('that one stream goes on', async () => (await ask('/')).closed === 1 && reading.bytes > 1_800_004);
    expect(reading.socket.destroyed).toBe(false);
  } finally {
    stopped.socket.destroy();
    reading.socket.destroy();
    await server.stop();
  }
});
