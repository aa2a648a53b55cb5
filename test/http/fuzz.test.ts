/** Nothing that a client sends brings our own HTTP out of step, and both runtimes make the same of it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { HttpReply } from '../../src/http/types.ts';
import { testServer } from '../../src/http/wire/testing.ts';
import { type FuzzResult, fuzz } from './fuzzing.ts';

const bun = fileURLToPath(new URL('../../node_modules/.bin/bun', import.meta.url));
const script = fileURLToPath(new URL('./fuzzing.ts', import.meta.url));

/** HALYARD_FUZZ_SEED and HALYARD_FUZZ_CASES try others, and more of them. */
const seed = Number(process.env.HALYARD_FUZZ_SEED ?? 1);
const cases = Number(process.env.HALYARD_FUZZ_CASES ?? 4_000);

it(`requests that chance has changed are answered alike, however they are cut (seed ${seed}, ${cases} cases)`, async () => {
  const onNode = await fuzz(seed, cases);
  expect(onNode.problems).toEqual([]);
  expect(onNode.answered).toBeGreaterThan(cases / 4);
  expect(onNode.refused).toBeGreaterThan(cases / 4);
  const { stdout, stderr } = spawnSync(bun, [script, String(seed), String(cases)], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  expect(stderr).toBe('');
  const onBun = JSON.parse(stdout) as FuzzResult;
  expect(onBun.problems).toEqual([]);
  expect(onBun.outcomes.findIndex((outcome, i) => outcome !== onNode.outcomes[i])).toBe(-1);
  expect(onBun).toEqual(onNode);
});

it.each([
  ['a method', '', 'G', 431],
  ['a target', 'GET /', 'a', 431],
  ['a name', 'GET / HTTP/1.1\r\n', 'X', 431],
  ['a value', 'GET / HTTP/1.1\r\nX-A: ', 'b', 431],
  ['fields', 'GET / HTTP/1.1\r\n', 'X-A: b\r\n', 431],
  ['lines that never end', 'GET / HTTP/1.1\r\n', '\n', 431],
  ['the size of a chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', '0', 400],
  ['an extension', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;', 'a', 400],
  ['a trailer', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'X-A: b\r\n', 400],
])('%s without an end is refused before it is much', async (_, start, more, status) => {
  for (const count of [1, 10, 10_000]) {
    const { wire, send } = testServer((request) =>
      request.readBody(1_000).then((): HttpReply => ({ status: 200, headers: {}, body: '' })),
    ).open();
    send(start);
    const piece = more.repeat(count);
    let sent = 0;
    for (; !wire.isEnded && sent < 1_000_000; sent += piece.length) send(piece);
    expect(wire.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(sent).toBeLessThanOrEqual(128 * 1024 + piece.length + 4);
    expect(wire.misuse).toEqual([]);
  }
});
