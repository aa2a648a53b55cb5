import { expect, it } from 'vitest';
import { joinedChannels, Link, LinkError } from './link.ts';

function pair(): readonly [Link, Link] {
  const [one, other] = joinedChannels();
  return [new Link(one), new Link(other)];
}

it('notes, questions and bodies of any size arrive in order', async () => {
  const [primary, worker] = pair();
  const seen: unknown[] = [];
  worker.onNote('first', (value) => seen.push(value));
  worker.onBytes('body', (about, bytes) => seen.push([about, bytes.length, bytes[300_000]]));
  worker.onQuestion('sum', (value) => (value as number[]).reduce((sum, one) => sum + one, 0));
  primary.note('first', new Map([['a', 1]]));
  primary.sendBytes('body', 'about it', new Uint8Array(400_000).fill(7));
  primary.sendBytes('body', 'nothing', new Uint8Array());
  expect(await primary.ask('sum', [1, 2, 3])).toBe(6);
  expect(seen).toEqual([new Map([['a', 1]]), ['about it', 400_000, 7], ['nothing', 0, undefined]]);
});

it('what the other end throws reaches the one who asked, with its code', async () => {
  const [primary, worker] = pair();
  worker.onQuestion('port', () => Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' })));
  await expect(primary.ask('port')).rejects.toMatchObject({ message: 'taken', code: 'EADDRINUSE' });
  await expect(primary.ask('nonsense')).rejects.toThrow('nobody answers "nonsense" here');
});

it('nobody waits for a process that is gone', async () => {
  const [primary] = pair();
  const asked = primary.ask('anything');
  primary.close();
  await expect(asked).rejects.toBeInstanceOf(LinkError);
  await expect(primary.ask('more')).rejects.toThrow('gone');
});
