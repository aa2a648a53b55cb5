import { describe, expect, test } from 'vitest';
import { KeptReply } from '../http/kept-reply.ts';
import { testRequest } from '../http/testing.ts';
import { RepeatedBodies, replyTo } from './repeated-bodies.ts';

const replyOf = (text: string) => new KeptReply({ status: 200, headers: { ETag: `"${text}"` }, body: text });
const unchanged = new KeptReply({ status: 304, headers: {}, body: null });
const asked = (headers: Record<string, string> = {}) => testRequest({ method: 'POST', url: '/bulk', headers });

function memory(limitBytes = 1_000_000) {
  const bodies = new RepeatedBodies(limitBytes);
  const keyOf = (body: string | Uint8Array, prefix: string | undefined = '1\n') =>
    bodies.keyOf(prefix, typeof body === 'string' ? new TextEncoder().encode(body) : body) ?? '';
  /** Lets a request come until it is remembered. */
  const learn = (key: string, reply: KeptReply | undefined, request = asked(), subject: unknown = 'subject') => {
    for (let i = 0; i < 2; i++) bodies.learn(key, request, subject, { bytes: 100, count: undefined }, reply);
  };
  const replyFor = (key: string, request = asked()) => {
    const known = bodies.recall(key);
    return known && replyTo(request, known);
  };
  return { bodies, keyOf, learn, replyFor };
}

describe('bulk requests that came before', () => {
  test('are known from the second time on', () => {
    const { bodies, keyOf } = memory();
    const key = keyOf('{}');
    const reply = replyOf('a');
    const keeping = { bytes: 100, count: () => {} };
    bodies.learn(key, asked(), 'subject', keeping, reply);
    expect(bodies.recall(key)).toBeUndefined();
    bodies.learn(key, asked(), 'subject', keeping, reply);
    const known = bodies.recall(key);
    expect(known).toMatchObject({ subject: 'subject', keeping });
    expect(known && replyTo(asked(), known)).toBe(reply);
  });

  test('are told apart by their askers and every byte of their bodies', () => {
    const { keyOf } = memory();
    const keys = [
      keyOf('{}'),
      keyOf('{} '),
      keyOf(''),
      keyOf('{}', '2\n'),
      keyOf('gzip\n{}'),
      keyOf(Uint8Array.of(0x7b, 0xc3, 0xa9)),
      keyOf(Uint8Array.of(0x7b, 0xe9)),
      keyOf(Uint8Array.of(0x7b, 0xff)),
      keyOf(Uint8Array.of(0x7b, 0xfe)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).not.toContain('');
    expect(keyOf(new TextEncoder().encode('x{}').subarray(1))).toBe(keyOf('{}'));
  });

  test('are read each time where they are long, or their asker says so', () => {
    const { bodies, keyOf } = memory();
    expect(keyOf('x'.repeat(2_048))).not.toBe('');
    expect(keyOf('x'.repeat(2_049))).toBe('');
    expect(bodies.keyOf(undefined, new Uint8Array())).toBeUndefined();
    expect(memory(0).keyOf('{}')).toBe('');
  });

  test('get a 304 for the condition that got one, and only for that', () => {
    const { keyOf, learn, replyFor } = memory();
    const key = keyOf('{}');
    const weak = asked({ 'if-none-match': 'W/"a"' });
    learn(key, unchanged, weak);
    expect(replyFor(key, weak)).toBe(unchanged);
    expect(replyFor(key)).toBeUndefined();
    expect(replyFor(key, asked({ 'if-none-match': '"a"' }))).toBeUndefined();
    const reply = replyOf('a');
    learn(key, reply);
    expect(replyFor(key, weak)).toBe(unchanged);
    expect(replyFor(key)).toBe(reply);
    const long = asked({ 'if-none-match': `"${'x'.repeat(300)}"` });
    learn(key, unchanged, long);
    expect(replyFor(key, long)).toBeUndefined();
  });

  test('keep what they mean where their reply may be another the next time', () => {
    const { bodies, keyOf, learn, replyFor } = memory();
    learn(keyOf('{}'), undefined);
    expect(bodies.recall(keyOf('{}'))?.subject).toBe('subject');
    expect(replyFor(keyOf('{}'))).toBeUndefined();
  });

  test('take no more than they may, and the newest stay', () => {
    const { bodies, keyOf, learn, replyFor } = memory(50_000);
    const reply = replyOf('a');
    for (let i = 0; i < 1_000; i++) learn(keyOf(`{"context":{"targetingKey":"${i}"}}`), reply);
    expect(bodies.filled.limit).toBe(50_000);
    expect(bodies.filled.used).toBeLessThanOrEqual(50_000);
    expect(bodies.filled.used).toBeGreaterThan(20_000);
    expect(replyFor(keyOf('{"context":{"targetingKey":"999"}}'))).toBe(reply);
    expect(bodies.recall(keyOf('{"context":{"targetingKey":"0"}}'))).toBeUndefined();
  });
});
