import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onAllHosts, type StartedServer } from '../support/http-hosts.ts';
import { eventually, sleep } from '../support/wait.ts';
import { type StreamFigures, startStreamServer } from './stream-server.ts';

const script = new URL('./stream-server.ts', import.meta.url);
describe.each(onAllHosts(script, startStreamServer))('streamed replies on %s', (_, start) => {
  let server: StartedServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(() => ask('/reset'));

  const ask = async (path: string): Promise<StreamFigures> =>
    (await (await fetch(`http://127.0.0.1:${server.port}${path}`)).json()) as StreamFigures;

  const open = (path: string, method = 'GET') => {
    const socket: Socket = connect(server.port, '127.0.0.1');
    const client = { socket, text: '', ended: false };
    socket.on('data', (chunk) => {
      client.text += chunk.toString('latin1');
    });
    socket.on('close', () => {
      client.ended = true;
    });
    socket.on('error', () => undefined);
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    return client;
  };

  it.each(['/stream', '/late-stream'])('sends headers and pieces at once and ends properly: %s', async (path) => {
    const client = open(path);
    await eventually('the first piece', () => client.text.includes('first\n'));
    expect(client.text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(client.text.toLowerCase()).toContain('transfer-encoding: chunked');
    await ask('/write?bytes=5');
    await eventually('the second piece', () => client.text.includes('xxxxx'));
    await ask('/end');
    await eventually('the end', () => client.text.endsWith('0\r\n\r\n'));
    await eventually('the host to say so', async () => (await ask('/')).closed > 0);
    expect(await ask('/')).toMatchObject({ opened: 1, closed: 1, writes: [true] });
    client.socket.destroy();
  });

  it('notices a client that leaves', async () => {
    const client = open('/stream');
    await eventually('the first piece', () => client.text.includes('first\n'));
    client.socket.destroy();
    await eventually('the end', async () => (await ask('/')).closed === 1);
    await ask('/write?bytes=5');
    expect((await ask('/')).closed).toBe(1);
  });

  it('says when a client is behind, and when it caught up', async () => {
    const client = open('/stream');
    await eventually('the first piece', () => client.text.includes('first\n'));
    client.socket.pause();
    // The system takes some megabytes itself, so it is written until a "behind" stays.
    const behind = ({ writes, drained }: StreamFigures) => writes.filter((taken) => !taken).length > drained;
    let rounds = 0;
    let figures: StreamFigures;
    do {
      expect(++rounds).toBeLessThan(30);
      await ask('/write?bytes=1000000');
      await sleep(20);
      figures = await ask('/');
    } while (!behind(figures));
    const { drained } = figures;
    client.socket.resume();
    await eventually('the client to catch up', async () => (await ask('/')).drained > drained);
    client.socket.destroy();
    await eventually('the end', async () => (await ask('/')).closed === 1);
  });

  it('cuts off a client that is behind', async () => {
    const client = open('/stream');
    await eventually('the first piece', () => client.text.includes('first\n'));
    client.socket.pause();
    let rounds = 0;
    while (!(await ask('/write?bytes=1000000')).writes.includes(false)) expect(++rounds).toBeLessThan(30);
    await ask('/abort');
    await eventually('the end', async () => (await ask('/')).closed === 1);
    client.socket.resume();
    await eventually('the connection to end', () => client.ended);
    expect(client.text.endsWith('0\r\n\r\n')).toBe(false);
  });

  it('does not open a stream for HEAD', async () => {
    const client = open('/stream', 'HEAD');
    await eventually('the head', () => client.text.includes('\r\n\r\n'));
    expect(await ask('/')).toMatchObject({ opened: 0, closed: 1 });
    client.socket.destroy();
  });
});
