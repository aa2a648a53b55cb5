import { expect, test } from 'vitest';
import { Reprieves } from './reprieves.ts';

function started() {
  const told: [string, number][] = [];
  const turns: (() => void)[] = [];
  const reprieves = new Reprieves<string>(60, (run) => turns.push(run));
  const server = { timeout: (request: string, seconds: number) => void told.push([request, seconds]) };
  const nextTurn = () => {
    for (const run of turns.splice(0)) run();
  };
  return { told, turns, nextTurn, reprieves, add: (request: string) => reprieves.add(request, server) };
}

test('a reply that is there within a turn needs no more time', () => {
  const { told, nextTurn, add, reprieves } = started();
  add('a');
  reprieves.end('a', 5);
  nextTurn();
  expect(told).toEqual([]);
});

test('a later one gets it after the turn, and its connection is as idle as others afterwards', () => {
  const { told, nextTurn, add, reprieves } = started();
  add('late');
  add('quick');
  reprieves.end('quick', 5);
  nextTurn();
  expect(told).toEqual([['late', 60]]);
  nextTurn();
  reprieves.end('late', 5);
  expect(told).toEqual([
    ['late', 60],
    ['late', 5],
  ]);
});

test('one look is enough for all of a turn, and each turn has its own', () => {
  const { told, turns, nextTurn, add } = started();
  add('a');
  add('b');
  expect(turns).toHaveLength(1);
  nextTurn();
  add('c');
  expect(turns).toHaveLength(1);
  nextTurn();
  expect(told).toEqual([
    ['a', 60],
    ['b', 60],
    ['c', 60],
  ]);
});
