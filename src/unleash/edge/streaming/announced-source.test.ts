import { describe, expect, it } from 'vitest';
import type { OpenUpstreamStream } from '../../../http/upstream/stream.ts';
import { settle, TestLogger, TestTimers } from '../metrics/testing.ts';
import type { EdgeUpstreamAccess, TokenSourceSink } from '../types.ts';
import { AnnouncedSource } from './announced-source.ts';
import { atOnce, clientToken } from './testing.ts';

const delta = (eventId: number) => ({ events: [{ type: 'feature-updated', eventId }] });

function setUp() {
  const timers = new TestTimers();
  const taken: unknown[] = [];
  const calls: string[] = [];
  /** What asking brings. */
  const state = { known: 1 };
  const refused: number[] = [];
  const sink: TokenSourceSink = {
    document: async (document) => void taken.push(document),
    events: async (events) => void taken.push(events),
    refused: (status) => void refused.push(status),
    checked: () => undefined,
  };
  let say: (text: string) => void = () => {};
  const status = { value: 200 };
  const open: OpenUpstreamStream = async ({ signal }) => {
    calls.push('open');
    const queue: string[] = [];
    let wake = () => {};
    say = (text) => {
      queue.push(text);
      wake();
    };
    signal.addEventListener('abort', () => wake());
    async function* chunks() {
      while (!signal.aborted) {
        for (const text of queue.splice(0)) yield Buffer.from(text);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    return { status: status.value, chunks: chunks() };
  };
  const access = {
    urls: { streaming: 'http://u/api/client/streaming' },
    headers: () => ({}),
    timeoutMs: 1_000,
    limitBytes: 100_000,
  } as unknown as EdgeUpstreamAccess;
  const source = new AnnouncedSource(clientToken('*:e.one'), sink, {
    access,
    open,
    timers,
    random: () => 0.5,
    slicing: atOnce,
    logger: new TestLogger(),
    createPolled: (own) => {
      const ask = async () => {
        calls.push('ask');
        await own.events(delta(state.known));
      };
      return { start: ask, refresh: ask, stop: () => void calls.push('stop') };
    },
  });
  const announce = async (eventId: number) => {
    say(`event: unleash-updated\nid: ${eventId}\ndata: ${JSON.stringify(delta(eventId))}\n\n`);
    await settle();
  };
  return { timers, taken, calls, state, source, announce, refused, status };
}

describe('AnnouncedSource', () => {
  it('asks first, then listens, and asks for what is announced and not known', async () => {
    const { calls, taken, state, source, announce } = setUp();
    await source.start();
    await settle();
    expect(calls).toEqual(['ask', 'open']);
    await announce(1);
    expect(calls).toEqual(['ask', 'open']);
    state.known = 2;
    await announce(2);
    expect(calls).toEqual(['ask', 'open', 'ask']);
    expect(taken).toEqual([delta(1), delta(2)]);
    source.stop();
    expect(calls.at(-1)).toBe('stop');
  });

  it('asks again where upstream announced a change before it told it, and not for ever', async () => {
    const { timers, calls, state, source, announce } = setUp();
    await source.start();
    await settle();
    await announce(5);
    await timers.advance(1_000);
    state.known = 5;
    await timers.advance(10_000);
    expect(calls.filter((call) => call === 'ask')).toHaveLength(5);
    await announce(9);
    await timers.advance(60_000);
    expect(calls.filter((call) => call === 'ask')).toHaveLength(10);
    source.stop();
  });

  it('leaves it to asking whether the token is refused', async () => {
    const { refused, calls, source, status } = setUp();
    status.value = 403;
    await source.start();
    await settle();
    expect([refused, calls]).toEqual([[], ['ask', 'open']]);
    source.stop();
  });
});
