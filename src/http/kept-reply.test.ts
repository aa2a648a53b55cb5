import { expect, test } from 'vitest';
import { KeptReply } from './kept-reply.ts';

const reply = { status: 200, headers: { ETag: '"1"' }, body: 'text' };

test('a form is made when the reply is sent for the second time, and once', () => {
  const kept = new KeptReply(reply);
  let made = 0;
  const make = () => ({ number: ++made });
  expect(kept.hostForm(make)).toBeUndefined();
  const form = kept.hostForm(make);
  expect(form).toEqual({ number: 1 });
  expect(kept.hostForm(make)).toBe(form);
});

test('a host never gets the form of another', () => {
  const kept = new KeptReply(reply);
  const bytes = () => 'bytes';
  const response = () => 'response';
  expect(kept.hostForm(bytes)).toBeUndefined();
  expect([1, 2, 3].map(() => kept.hostForm(bytes))).toEqual(['bytes', 'bytes', 'bytes']);
  expect([1, 2, 3].map(() => kept.hostForm(response))).toEqual([undefined, undefined, undefined]);
  expect(kept.hostForm(bytes)).toBe('bytes');
});
