import { describe, expect, it } from 'vitest';
import { allocate, LoanedReply, ReplyMemory } from '../loaned-reply.ts';
import { type HttpHandler, type HttpReply, RequestAbortedError } from '../types.ts';
import { readReplies, type TestConnection, TestStream, testServer } from './testing.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const page = (body: HttpReply['body']): HttpReply => ({ status: 200, headers: {}, body });
const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const bodiesOf = ({ wire }: TestConnection) => readReplies(wire.text).map(({ body }) => body);

/** An answer that comes when the test says so. */
function lateAnswer() {
  let settle: { resolve(reply: HttpReply): void; reject(error: unknown): void } | undefined;
  const promise = new Promise<HttpReply>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const handler: HttpHandler = ({ target }) => (target === '/late' ? promise : page(target));
  return { handler, ...(settle as NonNullable<typeof settle>) };
}

describe('a client that sends no more', () => {
  it('and waits for nothing: the connection ends at once', () => {
    const { open, connections } = testServer(() => page('ok'));
    for (const sent of ['', get('/'), '\r']) {
      const client = open();
      if (sent !== '') client.send(sent);
      client.connection.ended();
      expect([client.wire.isEnded, client.wire.misuse]).toEqual([true, []]);
      client.connection.closed();
    }
    expect(connections.size).toBe(0);
  });

  it('gets all answers that it has asked for, and then the end', async () => {
    const { handler, resolve } = lateAnswer();
    const client = testServer(handler).open();
    client.send(get('/late') + get('/2'));
    client.connection.ended();
    expect([client.wire.text, client.wire.isEnded]).toEqual(['', false]);
    resolve(page('late'));
    await settled();
    expect([bodiesOf(client), client.wire.isEnded, client.wire.misuse]).toEqual([['late', '/2'], true, []]);
  });

  it.each(['GET /3 HTTP/1.1\r\nHo', '\r'])(
    'is not waited for where it has sent a part of a request: %j',
    async (part) => {
      const { handler, resolve } = lateAnswer();
      const client = testServer(handler).open();
      client.send(get('/late') + get('/2') + part);
      client.connection.ended();
      resolve(page('late'));
      await settled();
      expect([bodiesOf(client), client.wire.isEnded, client.connection.state]).toEqual([['late', '/2'], true, 'over']);
    },
  );

  it('gets a long answer to its end, however slowly it reads', () => {
    for (const more of ['', 'Connection: close\r\n']) {
      const client = testServer(() => page('x'.repeat(100_000))).open();
      client.wire.isTaking = false;
      client.send(get('/', more));
      client.connection.ended();
      expect(client.wire.closedBy).toBe(undefined);
      client.take();
      expect(bodiesOf(client)).toEqual(['x'.repeat(100_000)]);
      expect([client.wire.isEnded, client.wire.closedBy]).not.toEqual([false, undefined]);
      expect(client.wire.misuse).toEqual([]);
    }
  });

  it('ends a stream', () => {
    const stream = new TestStream('first');
    const { open, connections } = testServer(() => ({ status: 200, headers: {}, body: null, stream }));
    const client = open();
    client.send(get('/'));
    client.connection.ended();
    expect([stream.events, client.wire.closedBy, connections.size]).toEqual([['opened', 'closed'], 'close', 0]);
    expect(stream.sink?.write(Buffer.from('more'))).toBe(false);
    stream.sink?.end();
    stream.sink?.abort();
    expect([stream.events, client.wire.misuse]).toEqual([['opened', 'closed'], []]);
  });
});

describe('a client that is gone', () => {
  it('gets nothing of a late answer', async () => {
    const { handler, resolve } = lateAnswer();
    const { open, errors, connections } = testServer(handler);
    const client = open();
    client.send(get('/late'));
    client.connection.closed();
    resolve(page('late'));
    await settled();
    expect([client.wire.sends, connections.size, errors]).toEqual([0, 0, []]);
  });

  it('closes a late stream, once, without opening it', async () => {
    const { handler, resolve } = lateAnswer();
    const client = testServer(handler).open();
    const stream = new TestStream();
    client.send(get('/late'));
    client.connection.closed();
    resolve({ status: 200, headers: {}, body: null, stream });
    await settled();
    expect([stream.events, client.wire.sends]).toEqual([['closed'], 0]);
  });

  it('closes its stream, once', () => {
    const stream = new TestStream('first');
    const client = testServer(() => ({ status: 200, headers: {}, body: null, stream })).open();
    client.send(get('/'));
    client.connection.closed();
    client.connection.closed();
    client.connection.drained();
    expect(stream.events).toEqual(['opened', 'closed']);
  });

  it('is no fault of the program', async () => {
    for (const error of [new RequestAbortedError(), new Error('too late')]) {
      const { handler, reject } = lateAnswer();
      const { open, errors } = testServer(handler);
      const client = open();
      client.send(get('/late'));
      client.connection.closed();
      reject(error);
      await settled();
      expect([errors, client.wire.sends]).toEqual([[], 0]);
    }
  });
});

describe('faults', () => {
  it.each([
    [
      'at once',
      () => () => {
        throw new Error('broken');
      },
    ],
    ['late', () => () => Promise.reject(new Error('broken'))],
  ] as const)('of a handler, %s: 500, and the next request is answered', async (_, make) => {
    const fault = make();
    const { open, errors } = testServer((request) => (request.target === '/' ? fault() : page('ok')));
    const client = open();
    client.send(get('/') + get('/2'));
    await settled();
    expect(readReplies(client.wire.text)).toMatchObject([
      { status: 500, body: 'Internal Server Error' },
      { status: 200, body: 'ok' },
    ]);
    expect(errors).toEqual([new Error('broken')]);
  });

  it.each([
    ['a line break in a value', { 'X-A': 'a\r\nX-B: b' }],
    ['a line feed in a value', { 'X-A': 'a\nb' }],
    ['NUL in a value', { 'X-A': 'a\0' }],
    ['a letter that no byte holds', { 'X-A': '€' }],
    ['a space in a name', { 'X A': 'a' }],
    ['a colon in a name', { 'X:A': 'a' }],
    ['no name', { '': 'a' }],
  ])('of a reply: %s: 500, and nothing of it was sent', async (_, headers) => {
    const memory = new ReplyMemory();
    const stream = new TestStream();
    const late: HttpReply = { status: 200, headers: headers as Record<string, string>, body: 'secret' };
    const replies: HttpReply[] = [
      late,
      { ...late, body: null, stream },
      new LoanedReply(200, late.headers, memory.take(5), memory),
    ];
    for (const reply of replies) {
      for (const handler of [() => reply, () => Promise.resolve(reply)] as HttpHandler[]) {
        const { open, errors } = testServer(handler);
        const client = open();
        client.send(get('/'));
        await settled();
        expect(readReplies(client.wire.text)).toEqual([
          { status: 500, headers: { 'content-length': '21' }, body: 'Internal Server Error' },
        ]);
        expect([errors.map(String), client.connection.state]).toEqual([[expect.stringContaining('TypeError')], 'idle']);
      }
    }
    // Twice: it was the answer to two requests.
    expect(stream.events).toEqual(['closed', 'closed']);
  });
});

describe('the last reply of a connection', () => {
  it.each([
    ['HTTP/1.1', 'Connection: close', 'close', true],
    ['HTTP/1.1', 'Connection: keep-alive', undefined, false],
    ['HTTP/1.1', 'X-A: b', undefined, false],
    ['HTTP/1.0', 'X-A: b', 'close', true],
    ['HTTP/1.0', 'Connection: keep-alive', 'keep-alive', false],
    ['HTTP/1.0', 'Connection: close, keep-alive', 'close', true],
  ])('%s with %s says %s', (version, line, said, isEnded) => {
    for (const method of ['GET', 'HEAD']) {
      const client = testServer(() => page('hello')).open();
      client.send(`${method} / ${version}\r\nHost: a\r\n${line}\r\n\r\n`);
      const [reply, ...more] = readReplies(client.wire.text, () => method === 'HEAD');
      expect([reply?.status, reply?.headers.connection, reply?.headers['content-length']]).toEqual([200, said, '5']);
      expect([more, client.wire.isEnded, client.wire.misuse]).toEqual([[], isEnded, []]);
    }
  });

  it('is any reply of a server that is being left, and the end of a stream, too', () => {
    const stream = new TestStream('first');
    const { open, connections } = testServer(({ target }) =>
      target === '/stream' ? { status: 200, headers: {}, body: null, stream } : page(target),
    );
    const [before, behind, streaming] = [open(), open(), open()];
    before.send(get('/1'));
    behind.wire.isTaking = false;
    behind.send(get('/1') + get('/2') + get('/3'));
    streaming.send(get('/stream'));
    connections.isLeaving = true;
    before.send(get('/2') + get('/3'));
    expect(readReplies(before.wire.text).map(({ headers, body }) => [headers.connection, body])).toEqual([
      [undefined, '/1'],
      ['close', '/2'],
    ]);
    behind.take();
    expect(bodiesOf(behind)).toEqual(['/1', '/2']);
    expect([before, behind, streaming].map(({ wire }) => wire.isEnded)).toEqual([true, true, false]);
    stream.sink?.end();
    expect([bodiesOf(streaming), streaming.wire.isEnded, streaming.wire.misuse]).toEqual([['first'], true, []]);
  });

  it('is sent completely to a client that has more to say', () => {
    const client = testServer(() => page('ok')).open();
    client.wire.isTaking = false;
    client.send(get('/', 'Connection: close\r\n') + get('/2'));
    client.send('x'.repeat(100_000));
    expect([client.connection.state, client.wire.isPaused]).toEqual(['sending', false]);
    client.take();
    expect([bodiesOf(client), client.connection.state, client.wire.closedBy]).toEqual([['ok'], 'over', undefined]);
    client.connection.ended();
    expect(client.wire.closedBy).toBe('close');
  });
});

it('bytes on loan are given back once, and the client gets what was in them', () => {
  for (const [length, isTaking, method] of [
    [100, true, 'GET'],
    [100, false, 'GET'],
    [100_000, true, 'GET'],
    [100_000, false, 'GET'],
    [100, true, 'HEAD'],
  ] as const) {
    let released = 0;
    const memory = new ReplyMemory();
    memory.giveBack = (bytes) => {
      released++;
      bytes.fill(0);
    };
    const client = testServer(() => new LoanedReply(200, {}, allocate(length).fill('a'), memory)).open();
    client.wire.isTaking = isTaking;
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    // Small ones were copied; a large one is in use while it waits.
    expect(released).toBe(length > 65_536 && !isTaking ? 0 : 1);
    client.take();
    const [reply] = readReplies(client.wire.text, () => method === 'HEAD');
    expect([reply?.headers['content-length'], reply?.body]).toEqual([
      String(length),
      method === 'HEAD' ? '' : 'a'.repeat(length),
    ]);
    expect(released).toBe(1);
  }
});

it('bytes on loan are given back once where their client is gone before it took them', () => {
  let released = 0;
  const memory = new ReplyMemory();
  memory.giveBack = () => void released++;
  const client = testServer(() => new LoanedReply(200, {}, allocate(100_000), memory)).open();
  client.wire.isTaking = false;
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(released).toBe(0);
  client.wire.destroy();
  expect(released).toBe(1);
});
