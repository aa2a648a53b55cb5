/**
 * What nobody thought of: the conversations of raw-requests.ts with changes by chance, in pieces that chance makes, for the state
 * machine that both runtimes' sockets share. Run as `fuzzing.ts <seed> <cases>` it prints what {@link fuzz} found, as JSON.
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { HttpHandler, HttpReply } from '../../src/http/types.ts';
import { readReplies, type TestServer, testServer } from '../../src/http/wire/testing.ts';
import { lastRequest, rawConversations } from './raw-requests.ts';

/** What was found. */
export interface FuzzResult {
  /** A short hash of what became of each case: the same on all runtimes. */
  readonly outcomes: readonly string[];
  /** What should not be, with the input that shows it. */
  readonly problems: readonly string[];
  /** How many requests were answered, and how many refused: so that it is known that both were tried. */
  readonly answered: number;
  readonly refused: number;
}

type Chance = (below: number) => number;

/** Numbers that look like chance, the same ones for the same seed (xorshift). */
function chanceFrom(seed: number): Chance {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const longest = 2_000;
const seeds = rawConversations.map(({ bytes }) => bytes).filter(({ length }) => length > 0 && length <= longest);
const morsels = [
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    ' ',
    '\t',
    '\0',
    ':',
    ': ',
    ';',
    ',',
    '0',
    '1',
    '5',
    'f',
    '-',
    '+',
    '"',
    '\xff',
    '%',
    '*',
  ],
  ...[
    'chunked',
    'close',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/1.0',
    'HTTP/1.1',
    'HTTP/2.0',
    'Host: a\r\n',
    'Content-Length: 5\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Content-Length: ',
    'Transfer-Encoding: ',
    'Connection: close\r\n',
    'Connection: keep-alive\r\n',
  ],
  ...['Expect: 100-continue\r\n', '0\r\n\r\n', '5\r\nhello\r\n', 'X-A: b\r\n', ' folded\r\n', 'HEAD ', 'POST '],
];

function oneOf<T>(chance: Chance, list: readonly T[]): T {
  return list[chance(list.length)] as T;
}

function changed(text: string, chance: Chance): string {
  const at = chance(text.length + 1);
  const length = chance(oneOf(chance, [2, 4, 20]));
  switch (chance(6)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at + length) + text.slice(at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(chance(256)) + text.slice(at + 1);
    case 3: {
      const other = oneOf(chance, seeds);
      const start = chance(other.length);
      return text.slice(0, at) + other.slice(start, start + chance(60)) + text.slice(at);
    }
    default:
      return text.slice(0, at) + oneOf(chance, morsels) + text.slice(at);
  }
}

function makeInput(chance: Chance): string {
  let text = '';
  for (let count = 1 + chance(3); count > 0; count--) text += oneOf(chance, seeds);
  for (let count = chance(5); count > 0; count--) text = changed(text, chance);
  return chance(2) === 0 ? text : text + lastRequest;
}

function inPieces(text: string, chance: Chance): string[] {
  if (text.length < 600 && chance(4) === 0) return [...text];
  const cuts = Array.from({ length: 1 + chance(8) }, () => chance(text.length + 1)).sort((a, b) => a - b);
  return [...cuts, text.length]
    .map((end, i) => text.slice(i === 0 ? 0 : cuts[i - 1], end))
    .filter((piece) => piece !== '');
}

/** Tells what it was asked for; some answers are late. */
function telling(methods: string[]): HttpHandler {
  return (request) => {
    const { method, target, path, query } = request;
    methods.push(method);
    const fields = ['host', 'x-a', 'content-length', 'transfer-encoding', 'connection'].map((name) =>
      request.header(name),
    );
    const say = (body: Uint8Array): HttpReply => ({
      status: 200,
      headers: {},
      body: JSON.stringify([method, target, path, query, fields, Buffer.from(body).toString('latin1')]),
    });
    const arrived = request.arrivedBody?.(Number.MAX_SAFE_INTEGER);
    if (arrived !== undefined) return say(arrived);
    if (method === 'GET' && fields[2] === undefined && fields[3] === undefined) return say(new Uint8Array());
    return request.readBody(Number.MAX_SAFE_INTEGER).then(say);
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What becomes of a client that sends these pieces and then no more, and everything that should not be. */
async function converse(server: TestServer, methods: string[], pieces: readonly string[]) {
  const problems: string[] = [];
  methods.length = 0;
  const { wire, connection, send } = server.open();
  const errorsBefore = server.errors.length;
  const check = (what: string, isGood: boolean) => isGood || problems.push(what);
  try {
    for (const piece of pieces) {
      // A runtime brings nothing while it is told not to.
      for (let round = 0; wire.isPaused && round < 100; round++) await settled();
      check('it is paused for ever', !wire.isPaused);
      send(piece);
      await settled();
    }
    for (let round = 0; connection.state === 'answering' && round < 100; round++) await settled();
    const { state } = connection;
    connection.ended();
    await settled();
    check('it does not end', wire.isEnded || wire.closedBy !== undefined);
    const said = wire.text.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '');
    const replies = readReplies(said, (index) => methods[index] === 'HEAD');
    const answered = replies.filter(({ status }) => status === 200).length;
    // A body may turn out to be malformed, or to break off, when its request is with the handler already.
    const unanswered = methods.length - answered;
    check('a request was answered twice', unanswered >= 0);
    check(
      'a request was not answered',
      unanswered === 0 || (unanswered === 1 && (state === 'body' || answered < replies.length)),
    );
    check(
      'something follows a refusal',
      replies.slice(0, -1).every(({ status }) => status === 200),
    );
    server.clock.pass(1_000_000);
    check('it is not given up', server.connections.size === 0);
    problems.push(...wire.misuse, ...server.errors.slice(errorsBefore).map(String));
    return { outcome: `${state} ${said}`, problems, answered, refused: replies.length - answered };
  } catch (error) {
    return { outcome: 'exception', problems: [...problems, String(error)], answered: 0, refused: 0 };
  }
}

/** Tries so many inputs, each of them whole and in pieces, on a server that has seen all others and on one that has not. */
export async function fuzz(seed: number, cases: number): Promise<FuzzResult> {
  const { now } = Date;
  Date.now = () => Date.UTC(2026, 0, 2, 3, 4, 5);
  try {
    const chance = chanceFrom(seed);
    const problems: string[] = [];
    const outcomes: string[] = [];
    let [answered, refused] = [0, 0];
    const methods: string[] = [];
    const experienced = testServer(telling(methods));
    for (let i = 0; i < cases; i++) {
      const input = makeInput(chance);
      const whole = await converse(testServer(telling(methods)), methods, [input]);
      const again = await converse(experienced, methods, [input]);
      const cut = await converse(experienced, methods, inPieces(input, chance));
      const found = [...whole.problems, ...again.problems, ...cut.problems];
      if (again.outcome !== whole.outcome)
        found.push(`it matters what came before: ${again.outcome} | ${whole.outcome}`);
      if (cut.outcome !== whole.outcome) found.push(`it matters how it is cut: ${cut.outcome} | ${whole.outcome}`);
      if (found.length > 0) problems.push(`case ${i}: ${JSON.stringify(input)}: ${JSON.stringify(found)}`);
      outcomes.push(createHash('sha1').update(whole.outcome).digest('base64').slice(0, 8));
      answered += whole.answered;
      refused += whole.refused;
    }
    return { outcomes, problems: problems.slice(0, 10), answered, refused };
  } finally {
    Date.now = now;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await fuzz(Number(process.argv[2]), Number(process.argv[3]))));
}
