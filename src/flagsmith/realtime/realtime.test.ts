import { describe, expect, it } from 'vitest';
import { e2eDocument, registryOf } from '../../../test/flagsmith/api.ts';
import { request, textOf } from '../../../test/flagsmith/requests.ts';
import { settled, TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { finish } from '../../flags/steps.ts';
import { createCorsRules } from '../api/cors.ts';
import { loadEnvironment } from '../environment/served-environment.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';
import { heartbeatMs, RealtimeHub } from './hub.ts';
import { RealtimeListener } from './listener.ts';
import { createStreamRoute } from './stream-route.ts';

const at = (second: number) => e2eDocument({ updated_at: `2024-05-06T07:08:0${second}.25+00:00` });
const seconds = (second: number) => Date.parse(`2024-05-06T07:08:0${second}Z`) / 1000 + 0.25;

function publish(registry: ReturnType<typeof registryOf>, key: string, text: string): void {
  const { environment } = finish(loadEnvironment([text], { mode: 'proxy', details: false }));
  registry.get(key)!.slot.publish(environment!, 'upstream');
}

describe('the event parser', () => {
  it('reads events however they are cut', () => {
    const text =
      ':hello\r\nretry: 15000\r\n\r\nevent: a\r\ndata: 1\ndata:2\r\rdata\n\nevent: c\n\nid: 1\nfoo: x\ndata: last\n\ndata: open';
    for (const size of [1, 2, 3, 7, 1000]) {
      const events: ServerEvent[] = [];
      const parse = createEventParser((event) => events.push(event));
      for (let i = 0; i < text.length; i += size) parse(text.slice(i, i + size));
      expect(events).toEqual([
        { type: 'a', data: '1\n2' },
        { type: 'message', data: '' },
        { type: 'message', data: 'last' },
      ]);
    }
  });

  it('gives up on events that never end', () => {
    const parse = createEventParser(() => {});
    expect(() => parse('x'.repeat(1_000_001))).toThrow('too long');
  });
});

describe('listening', () => {
  function setUp() {
    const timers = new TestTimers();
    const registry = registryOf({ client1: { serverKey: 'ser.one', text: at(1) } });
    const refreshed: string[] = [];
    const opened: { url: string; send: (text: string) => void; end: (error?: Error) => void; signal: AbortSignal }[] =
      [];
    const log = testLog();
    const listener = new RealtimeListener({
      realtimeUrl: 'http://rt',
      registry,
      sync: { refresh: async (key) => void refreshed.push(key) },
      open: (url, signal, send) =>
        new Promise((resolve, reject) =>
          opened.push({ url, send, signal, end: (error) => (error ? reject(error) : resolve()) }),
        ),
      timers,
      log,
    });
    listener.update();
    return { timers, registry, refreshed, opened, listener, log };
  }
  const event = (updatedAt: number | string) => `event: environment_updated\ndata: {"updated_at": ${updatedAt}}\n\n`;

  it('fetches at once when something newer is announced, and looks again until it is there', async () => {
    const { opened, refreshed, timers, registry } = setUp();
    expect(opened[0]?.url).toBe('http://rt/sse/environments/client1/stream');
    opened[0]!.send(event(seconds(1)));
    opened[0]!.send(event('"soon"'));
    opened[0]!.send(event('{'));
    opened[0]!.send('event: other\ndata: {}\n\n');
    await settled();
    expect(refreshed).toEqual([]);
    opened[0]!.send(event(seconds(2)));
    await settled();
    expect(refreshed).toEqual(['client1']);
    await timers.advance(1_000);
    expect(refreshed).toHaveLength(2);
    publish(registry, 'client1', at(2));
    await timers.advance(100_000);
    expect(refreshed).toHaveLength(3);
  });

  it('opens the stream again when it ends or breaks, ever more slowly', async () => {
    const { opened, timers, log } = setUp();
    opened[0]!.end();
    await settled();
    expect(timers.next).toBe(1_000);
    await timers.advance(1_000);
    opened[1]!.end(new Error('404'));
    await settled();
    expect([timers.next, log.lines.length]).toEqual([2_000, 1]);
    await timers.advance(2_000);
    opened[2]!.end(new Error('404'));
    await settled();
    expect(timers.next).toBe(4_000);
  });

  it('follows environments as they come and go', async () => {
    const { opened, listener, registry, timers } = setUp();
    registry.register({ clientKey: 'b c', serverKeys: [] });
    listener.update();
    expect(opened[1]?.url).toBe('http://rt/sse/environments/b%20c/stream');
    registry.remove('client1');
    listener.update();
    expect([opened[0]?.signal.aborted, opened[1]?.signal.aborted]).toEqual([true, false]);
    opened[1]!.end();
    await settled();
    listener.stop();
    await timers.advance(100_000);
    expect([opened.length, opened[1]?.signal.aborted]).toEqual([2, true]);
  });
});

describe('serving the stream', () => {
  function setUp(maxStreams = 10) {
    const timers = new TestTimers();
    const registry = registryOf({
      client1: { serverKey: 'ser.one', text: at(1) },
      empty: { serverKey: 'ser.e', text: null },
    });
    const hub = new RealtimeHub({ registry, timers, maxStreams });
    const route = createStreamRoute(hub, createCorsRules(['*'], []));
    const ask = (key: string) => route(request('GET', `/sse/environments/${key}/stream`, { origin: 'https://app' }));
    /** Opens a stream as a host does; `texts` is what was written. */
    function open(key: string) {
      const reply = ask(key);
      const texts: string[] = [];
      const client = { texts, reply, takes: true, ended: false, cut: false };
      reply?.stream?.opened({
        write: (bytes) => {
          texts.push(new TextDecoder().decode(bytes));
          return client.takes;
        },
        end: () => {
          client.ended = true;
        },
        abort: () => {
          client.cut = true;
        },
      });
      return client;
    }
    return { timers, registry, hub, route, ask, open };
  }
  const event = (second: number) => `event: environment_updated\ndata: {"updated_at": ${seconds(second)}}\n\n`;

  it('tells the current state first, then every change, and keeps the connection alive', async () => {
    const { open, registry, timers, hub } = setUp();
    const { reply, texts } = open('client1');
    expect(reply?.headers).toMatchObject({
      'Content-Type': 'text/event-stream',
      'Access-Control-Allow-Origin': '*',
    });
    publish(registry, 'client1', at(2));
    await timers.advance(heartbeatMs);
    expect(texts).toEqual([`retry: 15000\n\n${event(1)}`, event(2), ':\n\n']);
    reply?.stream?.closed();
    expect([hub.size, timers.next]).toEqual([0, null]);
  });

  it('waits for environments that have no document yet', () => {
    const { open, registry } = setUp();
    const { texts } = open('empty');
    publish(registry, 'empty', e2eDocument({ updated_at: null }));
    expect(texts[0]).toBe('retry: 15000\n\n');
    expect(texts[1]).toContain('{"updated_at": 0}');
  });

  it('cuts streams of clients that stay behind, not of those that catch up', async () => {
    const { open, registry } = setUp();
    const slow = open('client1');
    slow.takes = false;
    publish(registry, 'client1', at(2));
    slow.reply?.stream?.drained();
    slow.takes = true;
    publish(registry, 'client1', at(3));
    expect([slow.texts.length, slow.cut]).toEqual([3, false]);
    slow.takes = false;
    publish(registry, 'client1', at(4));
    publish(registry, 'client1', at(5));
    // An orderly end would wait for what the client does not take.
    expect([slow.texts.length, slow.cut, slow.ended]).toEqual([4, true, false]);
  });

  it('ends streams of environments that are gone, and all when it stops', async () => {
    const { open, registry, timers, hub } = setUp();
    const first = open('client1');
    registry.remove('client1');
    await timers.advance(heartbeatMs);
    expect(first.ended).toBe(true);
    const second = open('empty');
    hub.stop();
    expect([second.ended, hub.size]).toEqual([true, 0]);
  });

  it('is for known keys, GET, and as many as there may be', () => {
    const { ask, open, route, hub } = setUp(1);
    expect(ask('nope')?.status).toBe(401);
    expect(textOf(ask('%zz')!)).toContain("unknown key '%zz'");
    expect(route(request('GET', '/api/v1/flags/'))).toBe(null);
    expect(route(request('POST', '/sse/environments/client1/stream'))?.status).toBe(405);
    const preflight = { origin: 'https://app', 'access-control-request-method': 'GET' };
    expect(route(request('OPTIONS', '/sse/environments/client1/stream', preflight))?.status).toBe(200);
    const late = ask('client1')!;
    open('client1');
    expect(ask('client1')?.status).toBe(503);
    let ends = 0;
    late.stream?.opened({ write: () => true, end: () => void ends++, abort: () => {} });
    late.stream?.closed();
    expect([ends, hub.size]).toEqual([1, 1]);
  });
});
