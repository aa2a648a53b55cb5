import { expect, it } from 'vitest';
import { testContext } from '../../unleash/engine/testing.ts';
import { keyOf } from './known-answers.ts';

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
