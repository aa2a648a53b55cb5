import { describe, expect, it } from 'vitest';
import type { HttpReply } from '../types.ts';
import { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import type { Wire } from './wire.ts';

/** A wire without a client behind it, whose time passes when a test says so. */
function setUp({ takes = true, reply = { status: 200, headers: {}, body: 'ok' } as HttpReply } = {}) {
  let elapsedMs = 0;
  let look: () => void = () => undefined;
  const wire = { sent: '', waitingBytes: 0, isClosed: false };
  const connections = new Connections({
    handler: () => reply,
    keepAliveTimeoutMs: 5_000,
    headTimeoutMs: 5_000,
    elapsedMs: () => elapsedMs,
    every(_ms, run) {
      look = run;
      return () => undefined;
    },
  });
  const close = () => {
    wire.isClosed = true;
    connection.closed();
  };
  const ends: Wire = {
    send(bytes) {
      if (takes) wire.sent += Buffer.from(bytes).toString('latin1');
      else wire.waitingBytes += bytes.length;
      return takes;
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    close,
    destroy: close,
    watch: () => () => undefined,
    get waitingBytes() {
      return wire.waitingBytes;
    },
  };
  const connection: Connection = new Connection(ends, connections, {
    address: () => undefined,
    native: () => undefined,
  });
  connections.add(connection);
  return {
    wire,
    ask: () => connection.received(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
    /** Time passes without anything else happening, and there is a look at the end of it. */
    pass(ms: number) {
      elapsedMs += ms;
      look();
    },
  };
}

describe('connections', () => {
  it('are not closed for what may be waiting after a pause of the process', () => {
    const { wire, ask, pass } = setUp();
    ask();
    for (let looks = 0; looks < 5; looks++) pass(1_000);
    pass(10_000);
    expect(wire.isClosed).toBe(false);
    ask();
    expect(wire.sent.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    for (let looks = 0; looks < 5; looks++) pass(1_000);
    expect(wire.isClosed).toBe(false);
    for (let looks = 0; looks < 3; looks++) pass(1_000);
    expect(wire.isClosed).toBe(true);
  });

  it('end in a process that is always late, too', () => {
    const { wire, ask, pass } = setUp();
    ask();
    for (let looks = 0; looks < 10; looks++) pass(10_000);
    expect(wire.isClosed).toBe(true);
  });

  it('stay for as long as the client takes something of its reply', () => {
    const { wire, ask, pass } = setUp({ takes: false, reply: { status: 200, headers: {}, body: 'x'.repeat(5_000) } });
    ask();
    for (let taken = 0; taken < 20; taken++) {
      for (let looks = 0; looks < 300; looks++) pass(1_000);
      wire.waitingBytes -= 100;
    }
    expect(wire.isClosed).toBe(false);
    for (let looks = 0; looks < 605; looks++) pass(1_000);
    expect(wire.isClosed).toBe(true);
  });
});
