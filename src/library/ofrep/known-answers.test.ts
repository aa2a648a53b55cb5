import { expect, it } from 'vitest';
import { testContext } from '../../unleash/engine/testing.ts';
import { KnownAnswers, keyOf } from './known-answers.ts';

it('keys tell contexts apart, whatever stands in them', () => {
  const contexts = [
    testContext(),
    testContext({ userId: '' }),
    testContext({ userId: 'a' }),
    testContext({ sessionId: 'a' }),
    testContext({ userId: '1:a' }),
    testContext({ userId: 'a', sessionId: '-' }),
    testContext({ userId: 'a-' }),
    testContext({}, { a: 'b' }),
    testContext({}, { a: '', b: '' }),
    testContext({}, { 'a1:b': '' }),
    testContext({ currentTime: new Date(1) }),
    testContext({ currentTime: new Date(2) }),
  ];
  expect(new Set(contexts.map(keyOf)).size).toBe(contexts.length);
  expect(keyOf(testContext({}, { a: ['list'] }))).toBeUndefined();
  expect(keyOf(testContext({ userId: 'x'.repeat(3_000) }))).toBeUndefined();
});

it('keeps what is met again, within its bound', () => {
  const known = new KnownAnswers(20_000);
  const answer = { numbers: new Uint16Array(100), open: [] };
  expect(known.isMetAgain('a')).toBe(false);
  expect(known.isMetAgain('a')).toBe(true);
  for (let i = 0; i < 1_000; i++) {
    known.set(`key-${i}`, answer);
    expect(known.get('key-0') === answer || i > 0).toBe(true);
  }
  const held = Array.from({ length: 1_000 }, (_, i) => known.get(`key-${i}`)).filter((entry) => entry !== undefined);
  expect(held.length).toBeGreaterThan(5);
  expect(held.length).toBeLessThan(60);
  expect(known.get('key-999')).toBe(answer);
});
