/** Whose HTTP is served: Halyard's own, or with `HALYARD_HTTP=runtime` that of Bun or Node. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';

/** A method that the servers of both runtimes refuse, which no client of theirs could hide. */
const strange = 'BREW /proxy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (part: string) => {
      answer += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

const own = /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*<pre>Cannot BREW \/proxy<\/pre>/;
const ofTheRuntime = { 'halyard-bun': /^$/, 'halyard-node': /^HTTP\/1\.1 400 Bad Request\r\n/ } as Record<
  string,
  RegExp
>;

const choices = halyards().flatMap((subject) =>
  ['1', '2'].flatMap((workers) => [
    { subject, workers, http: '', expected: own },
    { subject, workers, http: 'own', expected: own },
    { subject, workers, http: 'runtime', expected: ofTheRuntime[subject] ?? own },
  ]),
);

test.each(choices)(
  '$subject, HALYARD_HTTP="$http", workers: $workers',
  async ({ subject, http, workers, expected }) => {
    const server = await startServer(subject, { args: ['demo'], env: { HALYARD_HTTP: http, WORKERS: workers } });
    try {
      expect(await exchange(server.port, strange)).toMatch(expected);
      expect(await server.get('/proxy/health')).toMatchObject({ status: 200, text: 'ok' });
    } finally {
      await server.stop();
    }
  },
);

test.each(halyards())('a library chooses by an option, which wins over the variable: %s', async (subject) => {
  const required = { unleashUrl: 'http://127.0.0.1:9/api', unleashApiToken: 'none', clientKeys: ['key'] };
  for (const [http, variable, expected] of [
    ['runtime', 'own', ofTheRuntime[subject] ?? own],
    ['own', 'runtime', own],
  ] as const) {
    const env = { HALYARD_HTTP: variable };
    const server = await startServer(subject, { options: { ...required, http }, env, waitFor: 'listening' });
    try {
      expect(await exchange(server.port, strange)).toMatch(expected);
    } finally {
      await server.stop();
    }
  }
});

test.each(halyards())('another value ends the start and says what may be given: %s', async (subject) => {
  for (const [args, code, message] of [
    [['demo'], 1, 'Error: HALYARD_HTTP is "h3": give own, which is the default, or runtime\n'],
    [
      ['offline', '--bootstrap-file', 'none'],
      2,
      expect.stringMatching(/HALYARD_HTTP[\s\S]*possible values: own, runtime/),
    ],
  ] as const) {
    const server = await startServer(subject, { args: [...args], env: { HALYARD_HTTP: 'h3' }, waitFor: 'nothing' });
    expect((await server.exit).code).toBe(code);
    expect(server.stderr()).toEqual(message);
    await server.stop();
  }
});
