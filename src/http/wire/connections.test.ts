import { describe, expect, it } from 'vitest';
import { type HttpReply, RequestAbortedError } from '../types.ts';
import { readReplies, TestStream, testServer } from './testing.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** One connection, whose time passes when a test says so. */
function setUp() {
  let elapsedMs = 0;
  let look: () => void = () => undefined;
  const { open, connections } = testServer(() => ({ status: 200, headers: {}, body: 'x'.repeat(5_000) }), {
    headTimeoutMs: 5_000,
    elapsedMs: () => elapsedMs,
    every(_ms, run) {
      look = run;
      return () => undefined;
    },
  });
  return {
    ...open(),
    connections,
    /** Time passes without anything else happening, and there is a look at the end of it. */
    pass(ms: number) {
      elapsedMs += ms;
      look();
    },
  };
}

describe('connections', () => {
  it('are not closed for what may be waiting after a pause of the process', () => {
    const { wire, send, pass } = setUp();
    send(get);
    for (let looks = 0; looks < 5; looks++) pass(1_000);
    pass(10_000);
    expect(wire.closedBy).toBeUndefined();
    send(get);
    expect(wire.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    for (let looks = 0; looks < 5; looks++) pass(1_000);
    expect(wire.closedBy).toBeUndefined();
    for (let looks = 0; looks < 3; looks++) pass(1_000);
    expect(wire.closedBy).toBe('close');
  });

  it('end in a process that is always late, too', () => {
    const { wire, send, pass } = setUp();
    send(get);
    for (let looks = 0; looks < 10; looks++) pass(10_000);
    expect(wire.closedBy).toBe('close');
  });

  it('stay for as long as the client takes something of its reply', () => {
    const { wire, send, pass } = setUp();
    wire.isTaking = false;
    send(get);
    for (let taken = 0; taken < 20; taken++) {
      for (let looks = 0; looks < 300; looks++) pass(1_000);
      wire.takeSome(100);
    }
    expect(wire.closedBy).toBeUndefined();
    for (let looks = 0; looks < 605; looks++) pass(1_000);
    expect(wire.closedBy).toBe('destroy');
  });

  it('end with the answer to what is on its way when their server closes', async () => {
    const { wire, send, connection, connections } = setUp();
    send(get);
    const closed = connections.close(1_000_000);
    expect([connection.state, wire.closedBy]).toEqual(['idle', undefined]);
    send(get);
    expect(wire.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(wire.text.match(/\r\nConnection: close\r\n/g)).toHaveLength(1);
    expect([connection.state, wire.isEnded]).toEqual(['over', true]);
    connection.ended();
    await closed;
  });

  it('end with what they are about when their server closes, and those that are about nothing at once', async () => {
    const { wire, send, take, connection, connections } = setUp();
    wire.isTaking = false;
    send(get + get.slice(0, 10));
    const closed = connections.close(1_000_000);
    expect([connection.state, wire.isEnded]).toEqual(['sending', false]);
    take();
    expect([connection.state, wire.isEnded]).toEqual(['head', false]);
    send(get.slice(10));
    expect(wire.text.match(/\r\nConnection: close\r\n/g)).toHaveLength(1);
    expect([connection.state, wire.isEnded]).toEqual(['over', true]);
    connection.ended();
    await closed;
    expect(wire.closedBy).toBe('close');

    const other = setUp();
    other.wire.isTaking = false;
    other.send(get);
    void other.connections.close(1_000_000);
    other.take();
    expect([other.connection.state, other.wire.isEnded]).toEqual(['over', true]);
    other.connection.ended();

    const idle = setUp();
    idle.send(get);
    await idle.connections.close(1_000_000);
    expect(idle.wire.closedBy).toBe('close');
  });
});

describe('how long a connection may last', () => {
  const ok: HttpReply = { status: 200, headers: {}, body: 'ok' };
  const never = new Promise<HttpReply>(() => undefined);
  /** The limits are 10 s for heads and 20 s for idle connections here, which are looked for every second. */
  const limits = { headTimeoutMs: 10_000, keepAliveTimeoutMs: 20_000 };
  /** Twice the time between two looks: a state may have begun right before one. */
  const slackMs = 2_000;

  it.each([
    ['before it sends anything', '', 10_000],
    ['that asks for nothing more', get, 20_000],
    ['that sends empty lines only', '\r\n\r\n', 10_000],
  ])('a client %s', (_, sent, limitMs) => {
    const { open, clock } = testServer(() => ok, limits);
    const { wire, send } = open();
    if (sent !== '') send(sent);
    clock.pass(limitMs - 1);
    expect(wire.closedBy).toBeUndefined();
    clock.pass(slackMs + 1);
    expect([wire.closedBy, clock.isWatched]).toEqual(['close', false]);
  });

  it.each(['', get])('a client that sends a head bit by bit is told so; before: %j', (before) => {
    const { open, clock } = testServer(() => ok, limits);
    const { wire, send, connection } = open();
    send(`${before}G`);
    for (let passed = 0; passed < 9_000; passed += 1_000) {
      clock.pass(1_000);
      send('E');
    }
    expect(wire.isEnded).toBe(false);
    clock.pass(1_000 + slackMs);
    expect(readReplies(wire.text).at(-1)).toEqual({
      status: 408,
      headers: { 'content-length': '0', connection: 'close' },
      body: '',
    });
    expect([wire.isEnded, wire.closedBy]).toEqual([true, undefined]);
    // It goes on as if nothing had happened, for a while.
    send('T / HTTP/1.1\r\n');
    clock.pass(2_000 + slackMs);
    expect([wire.closedBy, wire.misuse]).toEqual(['close', []]);
    expect(connection.state).toBe('over');
  });

  it('a body has a minute, whether it is wanted or not, and however it drips', async () => {
    const seen: unknown[] = [];
    const { open, clock } = testServer(
      (request) =>
        request.target === '/'
          ? ok
          : request.readBody(1_000).then(
              () => ok,
              (error) => {
                seen.push(error);
                return ok;
              },
            ),
      { headTimeoutMs: 1_000, keepAliveTimeoutMs: 0 },
    );
    const clients = ['/', '/wanted'].map((target) => {
      const client = open();
      client.send(`POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n`);
      return client;
    });
    for (let passed = 0; passed < 59_000; passed += 1_000) {
      clock.pass(1_000);
      for (const { send } of clients) send('x');
    }
    expect(clients.map(({ wire }) => wire.closedBy)).toEqual([undefined, undefined]);
    clock.pass(4_000);
    expect(clients.map(({ wire }) => wire.closedBy)).toEqual(['destroy', 'destroy']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([expect.any(RequestAbortedError)]);
  });

  it('an answer and a stream take as long as they like', () => {
    const stream = new TestStream('first');
    const { open, clock } = testServer(
      ({ target }) => (target === '/' ? never : { status: 200, headers: {}, body: null, stream }),
      limits,
    );
    const [answering, streaming] = [open(), open()];
    answering.send(get);
    streaming.send(get.replace('/', '/stream'));
    clock.pass(100_000_000);
    expect([answering, streaming].map(({ connection, wire }) => [connection.state, wire.closedBy])).toEqual([
      ['answering', undefined],
      ['streaming', undefined],
    ]);
    stream.sink?.end();
    clock.pass(20_000 + slackMs);
    expect([streaming.wire.closedBy, answering.wire.closedBy]).toEqual(['close', undefined]);
  });

  it('an idle connection stays for ever where that is said, and a head does not', () => {
    const { open, clock } = testServer(() => ok, { headTimeoutMs: 10_000, keepAliveTimeoutMs: 0 });
    const [idle, unused, halfway] = [open(), open(), open()];
    idle.send(get);
    halfway.send(`${get}GET`);
    clock.pass(100_000_000);
    expect([idle, unused, halfway].map(({ wire }) => wire.closedBy)).toEqual([undefined, 'close', 'close']);
    expect(halfway.wire.text).toContain('HTTP/1.1 408 Request Timeout');
  });

  it('a client that was told that this is the end has two seconds, unless it still has to read', () => {
    const { open, clock } = testServer(() => ({ ...ok, body: 'x'.repeat(10_000) }), limits);
    const last = get.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const [quick, slow] = [open(), open()];
    slow.wire.isTaking = false;
    for (const client of [quick, slow]) client.send(last);
    clock.pass(2_000 + slackMs);
    expect([quick.wire.closedBy, slow.wire.closedBy]).toEqual(['close', undefined]);
    clock.pass(500_000);
    expect(slow.wire.closedBy).toBeUndefined();
    slow.take();
    clock.pass(2_000 + slackMs);
    expect([slow.wire.closedBy, readReplies(slow.wire.text)[0]?.body.length]).toEqual(['close', 10_000]);
  });

  it('what was streamed last has the time of any other reply to get to its client', () => {
    const stream = new TestStream();
    const { open, clock } = testServer(() => ({ status: 200, headers: {}, body: null, stream }), limits);
    const { wire, send, take, connection } = open();
    send(get);
    wire.isTaking = false;
    stream.sink?.write(Buffer.from('last words'));
    stream.sink?.end();
    expect([connection.state, stream.events]).toEqual(['sending', ['opened', 'closed']]);
    clock.pass(500_000);
    expect(wire.closedBy).toBeUndefined();
    take();
    expect([readReplies(wire.text)[0]?.body, connection.state]).toEqual(['last words', 'idle']);
  });
});

describe('a server that closes', () => {
  const ok: HttpReply = { status: 200, headers: {}, body: 'ok' };

  it('waits for answers, streams and bodies for as long as it was told, and then for nothing', async () => {
    const stream = new TestStream('first');
    const { open, connections } = testServer((request) => {
      if (request.target === '/stream') return { status: 200, headers: {}, body: null, stream };
      return request.target === '/' ? new Promise<HttpReply>(() => undefined) : ok;
    });
    const clients = [open(), open(), open(), open(), open()] as const;
    const [answering, streaming, body, halfway, idle] = clients;
    answering.send(get);
    streaming.send(get.replace('/', '/stream'));
    body.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    halfway.send('GET');
    idle.send(get.replace('/', '/idle'));
    const closing = connections.close(0);
    expect(clients.map(({ wire }) => wire.closedBy)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    await closing;
    expect(clients.map(({ wire }) => wire.closedBy)).toEqual(['destroy', 'destroy', 'destroy', 'destroy', 'close']);
    expect([connections.size, stream.events]).toEqual([0, ['opened', 'closed']]);
  });

  it('and is told to close twice says both times when it is done', async () => {
    const { open, connections } = testServer(() => new Promise<HttpReply>(() => undefined));
    await connections.close(1_000_000);
    const client = open();
    client.send(get);
    const closings = [connections.close(1_000_000), connections.close(1_000_000)];
    client.connection.closed();
    await Promise.all(closings);
    expect(connections.size).toBe(0);
  });
});
