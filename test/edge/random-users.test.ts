/** Replies that are written where an earlier one was: many users at once, each of whom has flags of their own. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { flag } from './harness.ts';
import { startSocketUpstream } from './socket-upstream.ts';

const client = '*:development.client';
const frontend = '*:development.frontend';

/** Which of them somebody has is nearly nobody else's, so that hardly any reply is kept. */
const features = (payloadBytes: number) =>
  Array.from({ length: 80 }, (_, index) => ({
    ...flag(`flag-${index}`),
    strategies: [
      { name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId', groupId: `g${index}` } },
    ],
    variants: [{ name: 'v', weight: 1000, payload: { type: 'string', value: `${index}`.padEnd(payloadBytes, 'x') } }],
  }));
const users = Array.from({ length: 160 }, (_, index) => `user-${index}`);

async function withEdge(subject: Subject, payloadBytes: number, use: (server: Server) => Promise<void>) {
  const upstream = await startSocketUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: features(payloadBytes) });
  const env = { UPSTREAM_URL: upstream.origin, TOKENS: [client, frontend].join(), STRICT: 'true' };
  const server = await startServer(subject, { env, waitFor: 'nothing' });
  const isServed = async () => (await ask(server, 'nobody').catch(() => undefined))?.status === 200;
  try {
    await eventually('definitions', isServed);
    await use(server);
  } finally {
    expect((await server.stop()).code).toBe(0);
    await upstream.close();
  }
}

const ask = (server: Server, userId: string, more: Record<string, string> = {}) =>
  server.get(`/api/frontend?userId=${userId}`, { authorization: frontend, ...more });

/** What the API says to a POST, whose replies are not written over others. */
async function expected(server: Server, userId: string): Promise<string> {
  return (await server.postJson('/api/frontend', { context: { userId } }, { authorization: frontend })).text;
}

/** Asks for all users on one connection, and reads nothing until everything is asked and the connection is full. */
async function askWithoutReading(port: number, userIds: readonly string[]): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  const ended = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
  for (const [index, userId] of userIds.entries()) {
    const last = index === userIds.length - 1 ? 'Connection: close\r\n' : '';
    socket.write(`GET /api/frontend?userId=${userId} HTTP/1.1\r\nHost: a\r\nAuthorization: ${frontend}\r\n${last}\r\n`);
  }
  await pause(500);
  socket.on('data', (part) => parts.push(part));
  await ended;
  return bodiesOf(Buffer.concat(parts).toString('latin1'));
}

function bodiesOf(received: string): string[] {
  const bodies: string[] = [];
  for (let at = 0; at < received.length; ) {
    const start = received.indexOf('\r\n\r\n', at) + 4;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(at, start))?.[1]);
    bodies.push(received.slice(start, start + length));
    at = start + length;
  }
  return bodies;
}

describe.each(halyards())('%s', (subject) => {
  test('gives each of many users at once their own flags, in every form', async () => {
    await withEdge(subject, 40, async (server) => {
      const seen = await Promise.all(
        users.map(async (user, index) => {
          const accept = index % 3 === 0 ? 'gzip' : 'identity';
          const reply = await ask(server, user, { 'accept-encoding': accept });
          // Of another user's, and then their own: the first is sent whole, the second is not.
          const other = await ask(server, user, { 'if-none-match': '"of-nobody"' });
          const same = await ask(server, user, { 'if-none-match': reply.headers.etag ?? '' });
          expect([other.text, other.headers.etag]).toEqual([reply.text, reply.headers.etag]);
          expect([same.status, same.text, same.headers.etag]).toEqual([304, '', reply.headers.etag]);
          expect(reply.headers['content-encoding']).toBe(accept === 'gzip' ? 'gzip' : undefined);
          return reply.text;
        }),
      );
      expect(new Set(seen).size).toBe(users.length);
      for (const [index, user] of users.entries()) expect(seen[index]).toBe(await expected(server, user));
    });
  });

  test('writes over nothing that a slow client has yet to get', async () => {
    // 300 kB each, more together than the system takes from a client that does not read.
    await withEdge(subject, 7_500, async (server) => {
      const ahead = 40;
      const starts = Array.from({ length: users.length / ahead }, (_, group) => group * ahead);
      const groups = starts.map((from) => askWithoutReading(server.port, users.slice(from, from + ahead)));
      const seen = (await Promise.all(groups)).flat();
      for (const [index, user] of users.entries()) {
        const own = seen[index];
        const wanted = await expected(server, user);
        // Compared beforehand: a difference of 300 kB takes long to print.
        expect(own === wanted, `${user} of ${own?.length} instead of ${wanted.length} characters`).toBe(true);
      }
    });
  });
});
