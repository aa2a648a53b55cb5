import { describe, expect, it } from 'vitest';
import { testServer } from './testing.ts';

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
