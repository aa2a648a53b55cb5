/** Bodies on loan are written to again, and never before the client's bytes are on their way. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostName, onAllHosts, type StartedServer } from '../support/http-hosts.ts';
import { eventually } from '../support/wait.ts';
import { startLoanedServer } from './loaned-server.ts';

/** Requests on one connection before the first reply is read. Bun's server does not answer many such. */
const aheadOn = (name: HostName) => (name === "Bun's server" ? 1 : 40);

const letters = 'abcdefghij';
const long = 120_000;

const requestFor = (letter: string) => `GET /?letter=${letter}&count=${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** The bodies of replies that came one after the other. */
const bodiesIn = (text: string) => text.split(/HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\n/).slice(1);

const isWhole = ({ text, asked }: { readonly text: string; readonly asked: readonly string[] }) =>
  bodiesIn(text).join('').length === asked.length * long;

const script = new URL('./loaned-server.ts', import.meta.url);
describe.each(onAllHosts(script, startLoanedServer))('bodies on loan on %s', (name, start) => {
  const ahead = aheadOn(name);
  let server: StartedServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  const ask = async (query: string) => (await fetch(`http://127.0.0.1:${server.port}/?${query}`)).text();

  it('one after the other is written to the same memory', async () => {
    const before = Number(await ask(''));
    for (const letter of letters) {
      const text = await ask(`letter=${letter}&count=33000`);
      expect(text).toBe(letter.repeat(33_000));
    }
    // Node has it back a moment after the client has the bytes.
    expect(Number(await ask('')) - before).toBeLessThanOrEqual(2);
  });

  it('clients that read late get what was written for them', async () => {
    const clients = Array.from({ length: 320 / ahead }, (_client, i) => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      // More than the system takes before anybody reads, in requests that wait for each other.
      const asked = Array.from({ length: ahead }, (_request, n) => letters.charAt((i + n) % letters.length));
      for (const letter of asked) socket.write(requestFor(letter));
      return { socket, asked, text: '' };
    });
    for (const letter of letters) expect(await ask(`letter=${letter}&count=${long}`)).toBe(letter.repeat(long));
    for (const client of clients) {
      client.socket.on('data', (chunk) => {
        client.text += chunk.toString('latin1');
      });
    }
    for (const client of clients) {
      const { asked, socket } = client;
      await eventually('all replies', () => client.text.length > asked.length * long && isWhole(client));
      expect(bodiesIn(client.text)).toEqual(asked.map((letter) => letter.repeat(long)));
      socket.destroy();
    }
  });

  it('a client that leaves in the middle takes nothing along', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      for (let n = 0; n < ahead; n++) socket.write(requestFor('y'));
      await new Promise((resolve) => socket.once('data', resolve));
      socket.destroy();
      const texts = await Promise.all([...letters].map((letter) => ask(`letter=${letter}&count=${long}`)));
      expect(texts).toEqual([...letters].map((letter) => letter.repeat(long)));
    }
  });
});
