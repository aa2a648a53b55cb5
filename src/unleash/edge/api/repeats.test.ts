import { describe, expect, test } from 'vitest';
import { KeptReply } from '../../../http/kept-reply.ts';
import { testRequest } from '../../../http/testing.ts';
import { RepeatedRequests, withRepeats } from './repeats.ts';

const replyOf = (text: string, etag = `"${text}"`) =>
  new KeptReply({ status: 200, headers: { ETag: etag }, body: text });
const asked = (url: string, token: string, headers: Record<string, string> = {}) =>
  testRequest({ url, headers: { authorization: token, ...headers } });

function memory(limitBytes: number) {
  const repeats = new RepeatedRequests({ authHeader: 'authorization', limitBytes });
  let counted = 0;
  const tally = {
    add: () => {
      counted++;
    },
  };
  const learn = (request: ReturnType<typeof asked>, reply = replyOf('a')) =>
    repeats.learn(request, reply, false, () => tally);
  return { repeats, learn, counted: () => counted };
}

describe('requests that are answered from memory', () => {
  test('take no more than they may, and the newest stay', () => {
    const { repeats, learn } = memory(20_000);
    for (let i = 0; i < 1_000; i++) learn(asked(`/list?userId=${i}`, 'token'), replyOf(String(i)));
    expect(repeats.filled.used).toBeLessThanOrEqual(20_000);
    expect(repeats.recall(asked('/list?userId=999', 'token'))?.body).toBe('999');
    expect(repeats.recall(asked('/list?userId=0', 'token'))).toBeUndefined();
    learn(asked('/large', 'token'), replyOf('x'.repeat(20_000)));
    expect(repeats.recall(asked('/large', 'token'))).toBeUndefined();
  });

  test('are none where nothing may be kept, or the target is very long', () => {
    const none = memory(0);
    none.learn(asked('/list', 'token'));
    expect(none.repeats.recall(asked('/list', 'token'))).toBeUndefined();
    const { repeats, learn } = memory(1_000_000);
    learn(asked(`/list?${'x'.repeat(3_000)}`, 'token'));
    expect(repeats.filled.used).toBe(0);
  });

  test('have a place per token', () => {
    const { repeats, learn, counted } = memory(1_000_000);
    for (let i = 0; i < 20; i++) learn(asked('/list', `token-${i}`), replyOf(String(i)));
    for (let i = 0; i < 20; i++) expect(repeats.recall(asked('/list', `token-${i}`))?.body).toBe(String(i));
    expect(counted()).toBe(20);
    expect(repeats.recall(asked('/list', 'token-20'))).toBeUndefined();
    expect(repeats.recall(testRequest({ url: '/list' }))).toBeUndefined();
    repeats.clear();
    expect(repeats.recall(asked('/list', 'token-1'))).toBeUndefined();
    expect(repeats.filled.used).toBe(0);
  });

  test('of clients that differ share a place: whoever comes more often keeps it', () => {
    const { repeats, learn } = memory(1_000_000);
    const one = asked('/list', 'token', { origin: 'https://a.example' });
    const another = asked('/list', 'token', { origin: 'https://b.example' });
    learn(one, replyOf('one'));
    repeats.recall(one);
    learn(another, replyOf('another'));
    expect(repeats.recall(another)).toBeUndefined();
    expect(repeats.recall(one)?.body).toBe('one');
    learn(another, replyOf('another'));
    learn(another, replyOf('another'));
    expect(repeats.recall(another)?.body).toBe('another');
    expect(repeats.recall(one)).toBeUndefined();
  });

  test('reach the handler when they are not known', () => {
    const { repeats, learn } = memory(1_000_000);
    const handler = withRepeats(() => ({ status: 404, headers: {}, body: 'read' }), repeats);
    expect(handler(asked('/list', 'token'))).toMatchObject({ body: 'read' });
    learn(asked('/list', 'token'));
    expect(handler(asked('/list', 'token'))).toMatchObject({ body: 'a' });
    expect(handler(asked('/list', 'token', { 'if-none-match': '"b"' }))).toMatchObject({ body: 'read' });
    expect(handler(testRequest({ method: 'POST', url: '/list', headers: { authorization: 'token' } }))).toMatchObject({
      body: 'read',
    });
  });
});
