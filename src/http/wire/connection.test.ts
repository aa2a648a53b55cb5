import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyTooLargeError, type HttpHandler, type HttpReply, RequestAbortedError } from '../types.ts';
import { readReplies, type TestConnection, TestStream, testServer } from './testing.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const page = (body: HttpReply['body'], status = 200): HttpReply => ({ status, headers: {}, body });

/** Says what was asked for: at once, or where the target says so, later. `/unread` leaves the body alone. */
const tell: HttpHandler = (request) => {
  const say = (body: Uint8Array) =>
    page(`${request.method} ${request.target} ${request.header('x-a') ?? '-'} <${Buffer.from(body)}>`);
  if (request.target.startsWith('/unread') || request.header('content-length') === undefined) {
    if (request.header('transfer-encoding') === undefined) {
      const reply = say(Buffer.from(''));
      return request.target.startsWith('/late') ? settled().then(() => reply) : reply;
    }
  }
  if (request.target.startsWith('/unread')) return page('unread');
  const arrived = request.arrivedBody?.(1_000);
  if (arrived !== undefined) return say(arrived);
  return request.readBody(1_000).then(say, (error: Error) => {
    if (error instanceof BodyTooLargeError) return page('too large', 413);
    throw error;
  });
};

/** A promise that is settled from outside. */
function later<T>() {
  let settle: { resolve(value: T): void; reject(error: unknown): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...(settle as NonNullable<typeof settle>) };
}

const bodiesOf = ({ wire }: TestConnection) => readReplies(wire.text).map(({ body }) => body);
const statusesOf = ({ wire }: TestConnection) => readReplies(wire.text).map(({ status }) => status);

/** How a connection stands once it has had all of this, piece by piece. */
async function outcome(pieces: readonly string[], handler: HttpHandler = tell) {
  const { open, errors } = testServer(handler);
  const { wire, connection, send } = open();
  for (const piece of pieces) {
    send(piece);
    await settled();
  }
  // For what is late one after the other.
  for (let round = 0; round < 5; round++) await settled();
  return {
    text: wire.text,
    isEnded: wire.isEnded,
    closedBy: wire.closedBy,
    state: connection.state,
    misuse: wire.misuse,
    errors,
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 3, 4, 5) });
});
afterEach(() => {
  vi.useRealTimers();
});

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (target: string, body: string, more = '') =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
const chunkedPost = (target: string, body: string, more = '') =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n${more}\r\n${body}`;

describe('however what a client sends is cut into pieces', () => {
  const conversations: Record<string, string> = {
    'one request': get('/one', 'X-A: b\r\n'),
    'requests behind each other': get('/1') + get('/2') + get('/3'),
    'late answers': get('/late/1') + get('/2') + get('/late/3'),
    'a body with a length': post('/b', 'hello world') + get('/next'),
    'a body that nobody reads': post('/unread', 'hello world') + get('/next'),
    'a body with chunks, extensions and a trailer': `${chunkedPost('/c', '5;a=b\r\nhello\r\n006 ; c="d"\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n')}${get('/next')}`,
    'chunks that nobody reads': chunkedPost('/unread', '5\r\nhello\r\n0\r\n\r\n') + get('/next'),
    'a body that is too large': post('/b', 'x'.repeat(1_001)) + get('/next'),
    'chunks that are too large': chunkedPost('/c', `3e9\r\n${'x'.repeat(1_001)}\r\n0\r\n\r\n`) + get('/next'),
    'an empty body': post('/unread', '') + get('/next'),
    'empty lines before a request': `\r\n\r\n${get('/1')}\r\n${get('/2')}`,
    'a last request': get('/1') + get('/2', 'Connection: close\r\n') + get('/3'),
    'HTTP/1.0': `GET /1 HTTP/1.0\r\n\r\n${get('/2')}`,
    'HTTP/1.0 that stays': `GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${get('/2')}`,
    HEAD: `HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n${get('/2')}`,
    'something else': 'hello, is this the right port?\r\n\r\n',
    'a good request and a bad one': `${get('/1')}GET /2 HTTP/1.1\r\nHost : a\r\n\r\n${get('/3')}`,
    'chunks that are none': chunkedPost('/c', '5\r\nhelloX\r\n0\r\n\r\n') + get('/next'),
    'a trailer that is a request': chunkedPost('/c', `0\r\n${get('/next')}`),
  };

  it.each(Object.entries(conversations))('%s: the same is answered', async (_, text) => {
    const whole = await outcome([text]);
    expect(whole).toMatchObject({ misuse: [], errors: [] });
    expect(await outcome([...text])).toEqual(whole);
    const cuts =
      text.length > 400 ? [1, 60, 61, 62, 63, 64, 65, 66, text.length - 30, text.length - 1] : [...text].keys();
    for (const cut of cuts) expect(await outcome([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
  });

  it('a head is of the largest size, or one byte too large', async () => {
    const limit = 128 * 1024;
    const headOf = (bytes: number) => `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(bytes - 33)}\r\n\r\n`;
    for (const [bytes, status] of [
      [limit, '200 OK'],
      [limit + 1, '431 Request Header Fields Too Large'],
    ] as const) {
      const text = headOf(bytes);
      expect(text.length).toBe(bytes + 4);
      const whole = await outcome([text]);
      expect(whole.text).toMatch(`HTTP/1.1 ${status}\r\n`);
      for (const cut of [1, 5, 100, 5_000, bytes - 1, bytes, bytes + 1, bytes + 2, bytes + 3]) {
        expect(await outcome([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
      }
      expect(await outcome([text.slice(0, -5), ...text.slice(-5)])).toEqual(whole);
    }
  });
});

describe('requests behind each other', () => {
  it('are answered in their order, with everything that was sent', async () => {
    const { text } = await outcome([get('/late/1', 'X-A: one\r\n') + post('/2', 'two') + get('/3')]);
    expect(readReplies(text)).toEqual([
      { status: 200, headers: { 'content-length': '18' }, body: 'GET /late/1 one <>' },
      { status: 200, headers: { 'content-length': '15' }, body: 'POST /2 - <two>' },
      { status: 200, headers: { 'content-length': '11' }, body: 'GET /3 - <>' },
    ]);
    expect(text).toContain('\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n');
  });

  it('wait for a late answer, and so does the client', async () => {
    const answer = later<HttpReply>();
    const targets: string[] = [];
    const { open } = testServer(({ target }) => {
      targets.push(target);
      return target === '/slow' ? answer.promise : page(target);
    });
    const client = open();
    client.send(get('/slow'));
    expect([client.connection.state, client.wire.isPaused]).toEqual(['answering', false]);
    client.send(get('/2') + get('/3'));
    client.send(get('/4'));
    expect([targets, client.wire.isPaused, client.wire.text]).toEqual([['/slow'], true, '']);
    answer.resolve(page('slow'));
    await settled();
    expect([bodiesOf(client), client.wire.isPaused]).toEqual([['slow', '/2', '/3', '/4'], false]);
    expect([client.connection.state, client.wire.misuse]).toEqual(['idle', []]);
  });

  it('wait for a client that is behind', () => {
    const targets: string[] = [];
    const { open } = testServer(({ target }) => {
      targets.push(target);
      return page(target);
    });
    const client = open();
    client.wire.isTaking = false;
    client.send(get('/1') + get('/2') + get('/3'));
    expect([targets, client.connection.state, client.wire.isPaused]).toEqual([['/1'], 'sending', true]);
    client.take();
    expect([targets, bodiesOf(client), client.wire.isPaused]).toEqual([['/1', '/2', '/3'], ['/1', '/2', '/3'], false]);
    expect(client.wire.misuse).toEqual([]);
  });

  it('are not read while a stream goes on, and are answered behind its end', () => {
    const stream = new TestStream('first');
    const { open } = testServer(({ target }) =>
      target === '/stream' ? { status: 200, headers: {}, body: null, stream } : page(target),
    );
    const client = open();
    client.send(get('/stream') + get('/2'));
    expect([client.connection.state, client.wire.isPaused]).toEqual(['streaming', true]);
    stream.sink?.write(Buffer.from(' second'));
    stream.sink?.end();
    expect(bodiesOf(client)).toEqual(['first second', '/2']);
    expect([stream.events, client.wire.isPaused, client.connection.state]).toEqual([
      ['opened', 'closed'],
      false,
      'idle',
    ]);
  });

  it('behind one that is refused are not answered', async () => {
    const client = testServer(tell).open();
    client.send(`${get('/1')}GET / HTTP/1.1\r\nHost : a\r\n\r\n${get('/3')}`);
    client.send(get('/4'));
    expect([statusesOf(client), client.wire.isEnded, client.connection.state]).toEqual([[200, 400], true, 'over']);
    expect(readReplies(client.wire.text)[1]).toEqual({
      status: 400,
      headers: { 'content-length': '0', connection: 'close' },
      body: '',
    });
  });
});

it.each([
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['SOCKS', '\x05\x01\x00'],
  ['a line feed', '\n'],
  ['a carriage return alone', '\rG'],
  ['letters beyond ASCII', '\xe4'],
])('%s in place of a request is refused at once, alone and behind one', (_, text) => {
  for (const before of ['', get('/1')]) {
    const client = testServer(tell).open();
    client.send(before);
    for (const byte of text) client.send(byte);
    expect([statusesOf(client).at(-1), client.wire.isEnded, client.wire.misuse]).toEqual([400, true, []]);
  }
});

describe('bodies', () => {
  it('that nobody reads are read over, however long they are', () => {
    const targets: string[] = [];
    const { open } = testServer(({ target }) => {
      targets.push(target);
      return page(target);
    });
    const client = open();
    client.send(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n`);
    expect([statusesOf(client), client.connection.state]).toEqual([[200], 'body']);
    for (let sent = 0; sent < 5_000_000; sent += 50_000) client.send(Buffer.alloc(50_000, 'G'));
    expect(client.connection.state).toBe('idle');
    client.send(get('/2'));
    expect([targets, bodiesOf(client)]).toEqual([
      ['/1', '/2'],
      ['/1', '/2'],
    ]);
  });

  it('that are not asked for yet are not read: the client waits', async () => {
    const go = later<void>();
    const { open } = testServer((request) =>
      go.promise.then(() => request.readBody(1_000)).then((body) => page(String(body.length))),
    );
    const client = open();
    client.send(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n${'a'.repeat(100)}`);
    expect(client.wire.isPaused).toBe(false);
    client.send('a'.repeat(100));
    expect(client.wire.isPaused).toBe(true);
    go.resolve();
    await settled();
    expect([client.wire.isPaused, client.wire.text]).toEqual([false, '']);
    client.send('a'.repeat(100));
    await settled();
    expect([bodiesOf(client), client.wire.misuse]).toEqual([['300'], []]);
  });

  it('that are too large are refused before they come, and the connection stays', async () => {
    const { open } = testServer(tell);
    const client = open();
    client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n');
    await settled();
    expect(statusesOf(client)).toEqual([413]);
    client.send('x'.repeat(1_001) + get('/2'));
    expect(statusesOf(client)).toEqual([413, 200]);
  });

  it.each([
    ['a length', 'Content-Length: 10\r\n\r\n12345'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\n123'],
  ])('with %s that break off are aborted, and nothing is answered', async (_, rest) => {
    for (const end of ['ended', 'closed'] as const) {
      const seen: unknown[] = [];
      const { open, errors, connections } = testServer((request) =>
        request.readBody(100).then(
          () => page('complete'),
          (error) => {
            seen.push(error);
            throw error;
          },
        ),
      );
      const client = open();
      client.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
      client.connection[end]();
      await settled();
      expect(seen).toEqual([expect.any(RequestAbortedError)]);
      expect([client.wire.text, errors, connections.size, client.wire.misuse]).toEqual(['', [], 0, []]);
    }
  });

  it('that turn out not to be in their form end the connection, and the handler hears of it', async () => {
    const { open, errors } = testServer(tell);
    const client = open();
    client.send(chunkedPost('/c', '5\r\nhello\r\n'));
    client.send('nonsense\r\n');
    await settled();
    expect([statusesOf(client), client.wire.isEnded, errors]).toEqual([[400], true, []]);
  });

  it('that turn out not to be in their form while a stream goes on break it off, and nothing is sent into it', () => {
    const stream = new TestStream('first');
    const { open } = testServer(() => ({ status: 200, headers: {}, body: null, stream }));
    const client = open();
    client.send(chunkedPost('/c', ''));
    expect(client.wire.text).toMatch(/5\r\nfirst\r\n$/);
    client.send('nonsense\r\n');
    expect(client.wire.text).toMatch(/5\r\nfirst\r\n$/);
    expect([client.wire.closedBy, stream.events]).toEqual(['destroy', ['opened', 'closed']]);
  });

  it('can be asked for again', async () => {
    const { open } = testServer(async (request) => {
      const [first, second] = [await request.readBody(100), await request.readBody(100)];
      return page(`${Buffer.from(second)} ${first === second && request.arrivedBody?.(100) === first}`);
    });
    const client = open();
    for (const piece of ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nh', 'el', 'lo']) client.send(piece);
    await settled();
    expect(bodiesOf(client)).toEqual(['hello true']);
  });
});

describe('Expect: 100-continue', () => {
  const head = 'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n';

  it('is told to go on once somebody wants the body', async () => {
    const client = testServer(tell).open();
    client.send(head);
    await settled();
    expect(client.wire.text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hel');
    client.send(`lo${get('/2')}`);
    await settled();
    expect(bodiesOf(client)).toEqual(['', 'POST /1 - <hello>', 'GET /2 - <>']);
    expect(client.wire.text.split('100 Continue')).toHaveLength(2);
  });

  it('is told nothing where the body came along', async () => {
    const client = testServer(tell).open();
    client.send(`${head}hello`);
    await settled();
    expect(bodiesOf(client)).toEqual(['POST /1 - <hello>']);
  });

  it('is told nothing where nobody wants the body; the connection ends, whatever comes', async () => {
    const client = testServer(() => page('no', 403)).open();
    client.send(head);
    expect(readReplies(client.wire.text)).toMatchObject([
      { status: 403, headers: { connection: 'close' }, body: 'no' },
    ]);
    client.send(`hello${get('/2')}`);
    expect([statusesOf(client), client.wire.isEnded]).toEqual([[403], true]);
  });

  it('is told nothing by who asks for the body behind the answer', async () => {
    let ask: (() => Promise<unknown>) | undefined;
    const client = testServer((request) => {
      ask = () => request.readBody(100).catch((error: Error) => error.name);
      return page('no', 403);
    }).open();
    client.send(head);
    expect(await ask?.()).toBe('RequestAbortedError');
    expect([statusesOf(client), client.wire.misuse]).toEqual([[403], []]);
  });

  it('is too large: said without the body', async () => {
    const client = testServer(tell).open();
    client.send(head.replace('5', '5000'));
    await settled();
    expect(readReplies(client.wire.text)).toMatchObject([{ status: 413, headers: { connection: 'close' } }]);
  });

  it('means nothing to HTTP/1.0', async () => {
    const client = testServer(tell).open();
    client.send(head.replace('HTTP/1.1', 'HTTP/1.0'));
    await settled();
    expect(client.wire.text).toBe('');
    client.send('hello');
    await settled();
    expect(bodiesOf(client)).toEqual(['POST /1 - <hello>']);
  });
});
