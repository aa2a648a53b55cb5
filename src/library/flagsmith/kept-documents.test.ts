import { describe, expect, it } from 'vitest';
import { TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { type StateStore, StateStoreError } from '../../flags/state-store.ts';
import { KeptDocuments } from './kept-documents.ts';
import { decodeKept, encodeKept, entryOf } from './kept-text.ts';

const day = Date.parse('2026-01-01T00:00:00Z');

function setUp(entries = new Map<string, string>()) {
  let broken = false;
  let loads = 0;
  const store: StateStore = {
    label: 'memory',
    async load(entry) {
      loads += 1;
      if (broken) throw new StateStoreError('down');
      const text = entries.get(entry);
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    async save(entry, text) {
      if (broken) throw new StateStoreError('down');
      entries.set(entry, [...text].join(''));
    },
    async remove(entry) {
      if (broken) throw new StateStoreError('down');
      entries.delete(entry);
    },
    close: async () => undefined,
  };
  const timers = new TestTimers(day);
  const log = testLog();
  const confirmed = new Map<string, number>();
  const kept = new KeptDocuments({ store, timers, log, lastSuccessMs: (name) => confirmed.get(name) ?? null });
  const breakStore = (value: boolean) => {
    broken = value;
  };
  return { kept, timers, log, confirmed, entries, breakStore, loads: () => loads };
}

describe('kept texts', () => {
  it.each(['{"a":",\\"document\\":"}', '', `"${'😀'.repeat(70_000)}"`, 'x'.repeat(65_536)])(
    'come back as they were: %.20s',
    (text) => {
      const kept = { name: 'a","document":{', text, savedMs: day };
      const pieces = [...encodeKept(kept)];
      expect(decodeKept(pieces.map((piece) => Buffer.from(piece).toString()).join(''))).toEqual(kept);
    },
  );

  it.each(['', '{}', '{"saved_at":"x","name":"a","document":{}}', '{"saved_at":"2026-01-01","name":1,"document":{}}'])(
    'that are damaged are none: %s',
    (stored) => expect(decodeKept(stored)).toBe(null),
  );
});

describe('keeping documents', () => {
  it('keeps a text with its age, which later confirmations renew', async () => {
    const { kept, timers, confirmed, entries } = setUp();
    await kept.write('client', '{"a":1}');
    expect(await setUp(entries).kept.read('client')).toEqual({ text: '{"a":1}', savedMs: day });
    confirmed.set('client', day + 50_000);
    await timers.advance(60_000);
    expect(await setUp(entries).kept.read('client')).toEqual({ text: '{"a":1}', savedMs: day + 50_000 });
    confirmed.set('client', day + 70_000);
    await kept.stop(1_000);
    expect((await setUp(entries).kept.read('client'))?.savedMs).toBe(day + 70_000);
  });

  it('tries again when the store failed, with the newest text', async () => {
    const { kept, timers, log, entries, breakStore } = setUp();
    breakStore(true);
    await kept.write('client', '1');
    await kept.write('client', '2');
    expect(entries.size).toBe(0);
    expect(log.lines[0]).toContain('document_not_kept');
    breakStore(false);
    await timers.advance(60_000);
    expect(entries.get(entryOf('client'))).toContain('"document":2}');
  });

  it('tells when only the age could not be kept', async () => {
    const { kept, timers, log, confirmed, breakStore } = setUp();
    await kept.write('client', '1');
    confirmed.set('client', day + 50_000);
    breakStore(true);
    await timers.advance(60_000);
    expect(log.lines).toEqual(['warn document_age_not_kept {"store":"memory","reason":"down"}']);
  });

  it('forgets a text, also when the store failed at first', async () => {
    const { kept, timers, entries, breakStore } = setUp();
    await kept.write('a', '1');
    await kept.write('b', '2');
    breakStore(true);
    await kept.remove('a');
    expect(entries.has(entryOf('a'))).toBe(true);
    breakStore(false);
    await timers.advance(60_000);
    expect([entries.has(entryOf('a')), entries.has(entryOf('b'))]).toEqual([false, true]);
    await kept.write('a', '3');
    expect(await setUp(entries).kept.read('a')).toMatchObject({ text: '3' });
  });

  it('forgets what nobody confirmed for a month, unless it is held here', async () => {
    const month = 31 * 86_400_000;
    const entries = new Map<string, string>();
    const first = setUp(entries);
    for (const name of ['gone', 'held', 'alive']) {
      await first.kept.write(name, '1');
      first.confirmed.set(name, day);
    }
    await first.kept.stop(1_000);
    const later = setUp(entries);
    expect(await later.kept.read('held')).not.toBe(null);
    expect(await later.kept.read('alive')).not.toBe(null);
    await later.timers.advance(month);
    later.confirmed.set('alive', day + month);
    await later.kept.stop(1_000);
    expect(['gone', 'held', 'alive'].map((name) => entries.has(entryOf(name)))).toEqual([false, true, true]);
  });

  it('does not ask a store that is down for every environment', async () => {
    const { kept, breakStore, loads } = setUp();
    breakStore(true);
    for (const name of ['a', 'b', 'c', 'd']) expect(await kept.read(name)).toBe(null);
    expect(loads()).toBe(2);
  });

  it('does not serve one environment the text of another', async () => {
    const { kept, entries, log } = setUp();
    await kept.write('a', '1');
    entries.set(entryOf('b'), entries.get(entryOf('a'))!);
    expect(await kept.read('b')).toBe(null);
    expect(log.lines).toEqual(['error kept_document_unusable {"name":"b","store":"memory"}']);
  });
});
