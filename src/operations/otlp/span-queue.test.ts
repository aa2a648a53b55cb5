import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import type { Exchanged } from './exchange.ts';
import { OtlpFigures } from './figures.ts';
import { Report } from './report.ts';
import { SpanQueue } from './span-queue.ts';
import { settle, TestTimers, testLog } from './testing.ts';

const taken: Exchanged = { kind: 'taken', rejected: 0 };
const postponed = (waitMs = 0): Exchanged => ({ kind: 'postponed', why: 'it answers 503', waitMs });
const tooLarge: Exchanged = { kind: 'too-large', why: 'it answers 413' };
const refused: Exchanged = { kind: 'refused', why: 'it answers 401' };

const namesOf = (spans: readonly ReadableSpan[]) => new TextEncoder().encode(spans.map(({ name }) => name).join(' '));

function create(answers: (Exchanged | Promise<Exchanged>)[], limit = 10, batchLimit = 4, encode = namesOf) {
  const timers = new TestTimers();
  const figures = new OtlpFigures();
  const { told, log } = testLog();
  const sent: string[] = [];
  const queue = new SpanQueue({
    settings: { limit, batchLimit, intervalMs: 5_000 },
    encode,
    exchange: async (bytes) => {
      sent.push(new TextDecoder().decode(bytes));
      return answers.shift() ?? taken;
    },
    figures,
    report: new Report('traces', 'http://user:password@collector:4318/v1/traces?key=secret', log),
    timers,
    random: () => 1,
  });
  let next = 0;
  const finish = (count: number, traceFlags = TraceFlags.SAMPLED) => {
    for (let i = 0; i < count; i++) {
      queue.onEnd({ name: String(next++), spanContext: () => ({ traceFlags }) } as unknown as ReadableSpan);
    }
  };
  return { queue, timers, figures, told, sent, finish };
}

describe('the queue of spans', () => {
  it('exports in intervals, and at once when a batch is full', async () => {
    const { timers, figures, sent, finish, told } = create([]);
    finish(3);
    finish(1, TraceFlags.NONE);
    expect(figures.waiting()).toBe(3);
    await timers.pass(5_000);
    finish(5);
    await settle();
    expect(sent).toEqual(['0 1 2', '4 5 6 7', '8']);
    expect(figures.spans).toEqual({ exported: 8, dropped: 0, failed: 0 });
    expect([figures.waiting(), told]).toEqual([0, []]);
  });

  it('keeps what the collector cannot take now, tells it once, and when it is well again', async () => {
    const { timers, figures, sent, finish, told } = create([postponed(), postponed(30_000), taken]);
    finish(2);
    await timers.pass(5_000);
    await timers.pass(5_000);
    expect(sent).toHaveLength(2);
    await timers.pass(29_000);
    expect(sent).toHaveLength(2);
    await timers.pass(1_000);
    expect(sent).toEqual(['0 1', '0 1', '0 1']);
    expect(figures.spans).toEqual({ exported: 2, dropped: 0, failed: 0 });
    expect(Object.fromEntries(figures.exports)).toEqual({ 'traces postponed': 2, 'traces taken': 1 });
    const where = 'http://***@collector:4318/v1/traces';
    expect(told).toEqual([
      `HALYARD-5008 The collector at ${where} does not take traces: it answers 503`,
      `HALYARD-5009 The collector at ${where} takes traces again`,
    ]);
  });

  it('drops what finds no room, tells it once, and does not ask earlier for it', async () => {
    const { timers, figures, sent, finish, told } = create([postponed(60_000)], 4, 2);
    finish(2);
    await settle();
    finish(6);
    await timers.pass(59_000);
    expect([sent.length, figures.waiting(), figures.spans.dropped]).toEqual([1, 4, 4]);
    expect(told[1]).toBe('HALYARD-5010 4 spans wait for the collector; more are dropped');
    expect(told).toHaveLength(2);
    await timers.pass(1_000);
    expect(figures.spans).toEqual({ exported: 4, dropped: 4, failed: 0 });
  });

  it('sends less at once where it was too large, and gives up what is too large by itself', async () => {
    const { timers, figures, sent, finish } = create([tooLarge, tooLarge, tooLarge, taken]);
    finish(3);
    await timers.pass(5_000);
    await timers.pass(10_000);
    expect(sent).toEqual(['0 1 2', '0 1', '0', '1', '2']);
    expect(figures.spans).toEqual({ exported: 2, dropped: 0, failed: 1 });
  });

  it('gives up what is refused, and counts what was rejected', async () => {
    const { timers, figures, finish, told } = create([refused, { kind: 'taken', rejected: 1 }]);
    finish(2);
    await timers.pass(5_000);
    finish(3);
    await timers.pass(10_000);
    expect(figures.spans).toEqual({ exported: 2, dropped: 0, failed: 3 });
    expect(told.map((line) => line.slice(0, 12))).toEqual(['HALYARD-5008', 'HALYARD-5009']);
  });

  it('gives up what cannot be encoded, and goes on', async () => {
    const { timers, figures, sent, finish } = create([], 10, 4, (spans) => {
      if (spans.some(({ name }) => name === '0')) throw new TypeError('no number');
      return namesOf(spans);
    });
    finish(2);
    await timers.pass(5_000);
    finish(2);
    await timers.pass(10_000);
    expect(sent).toEqual(['2 3']);
    expect(figures.spans).toEqual({ exported: 2, dropped: 0, failed: 2 });
  });

  it('exports what waits at a stop, once, and drops the rest', async () => {
    const { queue, figures, sent, finish } = create([taken, postponed()], 10, 8);
    finish(8);
    await settle();
    finish(3);
    await queue.stop(1_000);
    finish(1);
    expect(sent).toEqual(['0 1 2 3 4 5 6 7', '8 9 10']);
    expect(figures.spans).toEqual({ exported: 8, dropped: 4, failed: 0 });
  });

  it('grows no backlog of exports while one is under way', async () => {
    let answer: (exchanged: Exchanged) => void = () => {};
    const slow = new Promise<Exchanged>((resolve) => {
      answer = resolve;
    });
    const { timers, figures, sent, finish } = create([slow], 10, 2);
    finish(8);
    await timers.pass(60_000);
    expect([sent, figures.waiting()]).toEqual([['0 1'], 8]);
    answer(taken);
    await settle();
    expect(figures.spans.exported).toBe(8);
  });
});
