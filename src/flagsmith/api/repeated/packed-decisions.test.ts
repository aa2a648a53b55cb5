import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Decision, PackedDecisions } from './packed-decisions.ts';

function digestOf(name: string): Uint32Array {
  const bytes = createHash('sha256').update(name).digest();
  return Uint32Array.from({ length: 8 }, (_, i) => bytes.readUInt32LE(4 * i));
}

const texts = Array.from({ length: 300 }, (_, i) => Buffer.from(`text ${i}`));

/** Something else for each number: pieces from none to a dozen, with and without a head. */
function decision(number: number, head = number % 3 === 0 ? null : Buffer.from('h'.repeat(number % 50))): Decision {
  const pieces = Array.from({ length: number % 13 }, (_, i) => texts[(number * 7 + i * 31) % texts.length]!);
  return { head, pieces, flagsBytes: number * 1_000_003, personalBytes: number % 5 };
}

const copyOf = (found: Decision | undefined) => found && { ...found, pieces: [...found.pieces] };

describe('decisions in numbers', () => {
  it('come back as they were given, and no others', () => {
    const packed = new PackedDecisions();
    expect([packed.find(digestOf('0')), packed.bytes]).toEqual([undefined, 0]);
    for (let i = 0; i < 4_000; i++) packed.add(digestOf(`${i}`), decision(i));
    for (let i = 0; i < 4_000; i++) {
      const { head, ...rest } = decision(i);
      const found = copyOf(packed.find(digestOf(`${i}`)));
      expect(found).toMatchObject(rest);
      expect(found?.head && Buffer.from(found.head)).toEqual(head);
    }
    for (let i = 4_000; i < 8_000; i++) expect(packed.find(digestOf(`${i}`))).toBeUndefined();
  });

  it('are told apart by all of the digest', () => {
    const packed = new PackedDecisions();
    const digest = digestOf('a');
    packed.add(digest, decision(1));
    for (let word = 0; word < 8; word++) {
      const other = digest.slice();
      other[word]! ^= 0x8000_0000;
      expect(packed.find(other)).toBeUndefined();
      packed.add(other, decision(2 + word));
    }
    expect(packed.find(digest)?.flagsBytes).toBe(1_000_003);
  });

  it('name the very texts that they were given', () => {
    const packed = new PackedDecisions();
    const pieces = [texts[5]!, Buffer.from(texts[5]!), new Uint8Array()];
    packed.add(digestOf('a'), { ...decision(1), pieces });
    const found = packed.find(digestOf('a'))?.pieces ?? [];
    expect(found.map((piece, i) => piece === pieces[i])).toEqual([true, true, true]);
  });

  it('take as many bytes as was said before, few where texts are shared', () => {
    const packed = new PackedDecisions();
    for (let i = 0; i < 5_000; i++) {
      const [before, growth] = [packed.bytes, packed.growth(decision(i))];
      packed.add(digestOf(`${i}`), decision(i));
      expect(packed.bytes - before).toBe(growth);
    }
    expect(packed.bytes / 5_000).toBeLessThan(120);
  });

  it('are not taken where there is no place for them', () => {
    const packed = new PackedDecisions();
    const long = decision(1, Buffer.alloc(60_000, 'h'));
    expect(packed.growth(long)).toBeLessThan(70_000);
    packed.add(digestOf('long'), long);
    expect(packed.find(digestOf('long'))?.head?.length).toBe(60_000);
    expect(packed.growth(decision(1, Buffer.alloc(70_000)))).toBe(Number.POSITIVE_INFINITY);
    const many = Array.from({ length: 65_535 / 15 }, (_, i) =>
      Array.from({ length: 15 }, (_, j) => Buffer.from(`${i} ${j}`)),
    );
    for (const [i, pieces] of many.entries()) packed.add(digestOf(`${i}`), { ...decision(1), pieces });
    expect(packed.growth({ ...decision(1), pieces: many[0]! })).toBeLessThan(10_000);
    expect(packed.growth({ ...decision(1), pieces: [...many[0]!, Buffer.from('one more')] })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect([...(packed.find(digestOf('4368'))?.pieces ?? [])]).toEqual(many[4_368]);
  });
});
