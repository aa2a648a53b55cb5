/** Answers are written where earlier ones were: nobody may ever get another's, however late answers are read. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RepeatedIdentities } from '../../src/flagsmith/api/repeated/repeated-identities.ts';
import type { Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { client, e2eDocument, e2eRegistry, registryOf } from './api.ts';
import { textOf } from './requests.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes, startFlagsmith } from './support/halyard.ts';

const inMemory = client(e2eRegistry());
const path = '/api/v1/identities/';
const key = { 'x-environment-key': 'client1' };
const type = 'application/json';

/** Bodies with identifiers and traits of many lengths; answers repeat them. */
const bodies = Array.from({ length: 200 }, (_, i) => {
  const traits = Array.from({ length: i % 7 }, (_, n) => ({
    trait_key: `trait-${n}`,
    trait_value: `${i} `.repeat(20 + ((i * 37) % 400)),
  }));
  return JSON.stringify({ identifier: `identity-${i}`, traits });
});

/** Sends all requests on one connection, and reads nothing before `meanwhile` is done. */
async function pipelined(port: number, texts: readonly string[], meanwhile: () => Promise<void>): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  try {
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-Environment-Key: client1\r\nContent-Type: ${type}\r\n`;
    for (const text of texts) socket.write(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    await meanwhile();
    let received = '';
    const answers: string[] = [];
    for await (const chunk of socket.setEncoding('latin1')) {
      received += chunk;
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1]);
        if (end === -1 || received.length < end + 4 + length) break;
        answers.push(Buffer.from(received.slice(end + 4, end + 4 + length), 'latin1').toString());
        received = received.slice(end + 4 + length);
      }
      if (answers.length === texts.length) break;
    }
    return answers;
  } finally {
    socket.destroy();
  }
}

/** The beginnings of answers that are not those expected. */
function wrong(answers: readonly string[], expected: readonly string[]): string[] {
  return answers.filter((text, i) => text !== expected[i]).map((text) => text.slice(0, 60));
}

describe.each(runtimes())('many identities at once, %s', (subject) => {
  let core: CoreApi;
  let server: Server;
  beforeAll(async () => {
    core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
    server = await startFlagsmith(subject, core, keyPairs(['ser.one', 'client1']));
  });
  afterAll(async () => {
    await server?.stop();
    await core?.close();
  });

  it('get each their own answer', async () => {
    const headers = { ...key, 'content-type': type };
    const expected: string[] = [];
    for (const body of bodies) expected.push(textOf(await inMemory('POST', path, headers, body)));
    const others = async () => {
      const got = await Promise.all(bodies.map((body) => server.request({ method: 'POST', path, headers, body })));
      expect(
        wrong(
          got.map(({ text }) => text),
          expected,
        ),
      ).toEqual([]);
    };
    const reversed = [...bodies].reverse();
    const late = await pipelined(server.port, [...bodies, ...reversed], others);
    expect(late).toHaveLength(2 * expected.length);
    expect(wrong(late, [...expected, ...[...expected].reverse()])).toEqual([]);
  });

  it('come again, are remembered, and see the next document at once', async () => {
    const headers = { ...key, 'content-type': type };
    const usual = bodies.slice(0, 30);
    const ask = (body: string) => server.request({ method: 'POST', path, headers, body });
    const anew = async (text: string) => {
      const registry = registryOf({ client1: { serverKey: 'ser.one', text } });
      const send = client(registry, { repeated: new RepeatedIdentities(0) });
      return Promise.all(usual.map(async (body) => textOf(await send('POST', path, headers, body))));
    };
    const held = async () => {
      const { text } = await server.request({ path: '/proxy/metrics' });
      return Number(/^halyard_bound_used\{bound="identity_cache_bytes"[^}]*\} (\d+)$/m.exec(text)?.[1]);
    };
    const isServed = (text: string) =>
      eventually('the changed document is served', async () => {
        const expected = await anew(text);
        return (await ask(usual[0]!)).text === expected[0] ? expected : undefined;
      });
    for (const value of ['first', 'second']) {
      core.change('ser.one', (document) => {
        const [state] = document.feature_states as { feature_state_value: unknown }[];
        state!.feature_state_value = value;
      });
      const expected = await isServed(core.documents.get('ser.one')!);
      for (let round = 0; round < 4; round++) {
        const answers: string[] = [];
        for (const body of usual) answers.push((await ask(body)).text);
        expect(wrong(answers, expected)).toEqual([]);
        expect(answers[0]).toContain(value);
      }
      expect(await held()).toBeGreaterThan(30 * 50);
    }
  });
});
