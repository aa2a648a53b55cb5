import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { type StateStore, StateStoreError } from '../../../flags/state-store.ts';
import { createFolderStore } from '../../../store/folder-store.ts';
import { readDefinitions } from '../../definitions/read-document.ts';
import { TestLogger, TestTimers } from '../metrics/testing.ts';
import { atOnce, clientToken, definitions, flag } from '../streaming/testing.ts';
import type { ClientFeatures, EdgeToken } from '../types.ts';
import { createEdgeStore } from './edge-store.ts';
import { StateSaver } from './saver.ts';

const backup = fileURLToPath(new URL('../../../../test/data/edge-backup', import.meta.url));

/** A store in memory that a test can break. */
class TestStore implements StateStore {
  readonly label = 'memory';
  readonly entries = new Map<string, string>();
  writes: string[] = [];
  broken = false;
  hangs = false;

  async load(entry: string): Promise<Uint8Array | undefined> {
    const text = this.entries.get(entry);
    return text === undefined ? undefined : Buffer.from(text);
  }

  async save(entry: string, text: Iterable<string>): Promise<void> {
    if (this.hangs) await new Promise(() => undefined);
    if (this.broken) throw new StateStoreError('out of order');
    this.writes.push(entry);
    this.entries.set(entry, [...text].join(''));
  }

  async remove(): Promise<void> {}
  async close(): Promise<void> {}
}

describe('createEdgeStore', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'halyard-backup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const inFolder = () => createEdgeStore(createFolderStore({ folder, limitBytes: 1_000_000 }), atOnce);

  it('uses the names and formats of the original', async () => {
    interface Vectors {
      readonly files: Readonly<Record<string, string>>;
      readonly redis_keys: readonly string[];
      readonly example_tokens: readonly EdgeToken[];
    }
    const vectors = edgeVectors<Vectors>('persistence');
    const store = inFolder();
    await store.saveTokens(vectors.example_tokens);
    await store.saveFeatures(new Map([['development', definitions(flag('a'))]]));
    expect(Object.keys(vectors.files)).toEqual(
      expect.arrayContaining(['unleash_tokens.json', 'unleash_features.json']),
    );
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    expect(read('unleash_tokens.json')).toEqual(vectors.example_tokens);
    expect(read('unleash_features.json')).toEqual([['development', { version: 2, features: [flag('a').parse()] }]]);
    const memory = new TestStore();
    await createEdgeStore(memory, atOnce).saveTokens(vectors.example_tokens);
    expect(vectors.redis_keys).toContain([...memory.entries.keys()][0]);
  });

  it('reads a backup in the encoding of the original', async () => {
    cpSync(backup, folder, { recursive: true });
    const store = inFolder();
    expect(await store.loadTokens()).toMatchObject([
      { token: '*:development.secret', type: 'client', status: 'Validated' },
      { token: 'default:development.frontend-secret', type: 'frontend' },
    ]);
    const [[key, document] = []] = await store.loadFeatures();
    expect(key).toBe('development');
    const { features, segments, issues } = readDefinitions(document);
    expect([features.length, segments.size, issues.length]).toEqual([5, 5, 0]);
  });

  it('brings back what it kept, names that mean something to the language included', async () => {
    const store = inFolder();
    const document: ClientFeatures = {
      ...definitions(flag('__proto__'), flag('ä "b"')),
      segments: [{ id: 1, constraints: [] }],
      query: null,
      meta: { revisionId: 1 },
    };
    await store.saveFeatures(
      new Map([
        ['e', document],
        ['f', definitions()],
      ]),
    );
    expect(JSON.parse(JSON.stringify(await store.loadFeatures()))).toEqual([
      ['e', JSON.parse(JSON.stringify(document))],
      ['f', definitions()],
    ]);
  });

  it.each([
    ['', []],
    ['[["e"', /cannot be read/],
    ['{}', /holds no list/],
    [
      '[1,["e"],{"a":1},[2,3],["f",null]]',
      [
        ['e', undefined],
        ['f', null],
      ],
    ],
  ])('reads %j tolerantly', async (content, expected) => {
    writeFileSync(join(folder, 'unleash_features.json'), content);
    const loading = inFolder().loadFeatures();
    if (expected instanceof RegExp) await expect(loading).rejects.toThrow(expected);
    else expect(await loading).toEqual(expected);
  });

  it('has nothing where nothing was kept', async () => {
    expect(await inFolder().loadTokens()).toEqual([]);
    expect(await inFolder().loadFeatures()).toEqual([]);
    expect((await inFolder().loadChangeTimes()).size).toBe(0);
  });
});

describe('StateSaver', () => {
  let timers: TestTimers;
  let logger: TestLogger;
  let store: TestStore;
  let tokens: EdgeToken[];
  let features: Map<string, ClientFeatures>;
  let saver: StateSaver;
  const changedAtMs = new Map([['e', 1_700_000_000_000]]);
  let known: boolean;
  const create = () =>
    new StateSaver({
      store: createEdgeStore(store, atOnce),
      intervalMs: 60_000,
      limitMs: 10_000,
      tokens: () => tokens,
      tokensAreKnown: () => known,
      features: () => features,
      changedAtMs: (key) => changedAtMs.get(key),
      timers,
      logger,
    });
  beforeEach(() => {
    timers = new TestTimers();
    logger = new TestLogger();
    store = new TestStore();
    known = false;
    tokens = [clientToken('*:e.s')];
    features = new Map([['e', definitions(flag('a'))]]);
    saver = create();
  });

  it('keeps what changed, every minute', async () => {
    saver.start();
    await timers.advance(60_000);
    expect(store.writes).toEqual(['unleash-tokens', 'unleash-features', 'halyard-changes']);
    expect(store.entries.get('halyard-changes')).toBe('[["e",1700000000000]]');
    expect([...(await createEdgeStore(store, atOnce).loadChangeTimes())]).toEqual([...changedAtMs]);
    await timers.advance(60_000);
    expect(store.writes).toHaveLength(3);
    features = new Map([['e', definitions(flag('b'))]]);
    await timers.advance(60_000);
    expect(store.writes.slice(3)).toEqual(['unleash-features', 'halyard-changes']);
  });

  it('never lets nothing replace something', async () => {
    await saver.save();
    tokens = [];
    features = new Map();
    await saver.save();
    expect(store.entries.get('unleash-tokens')).toContain('*:e.s');
    expect(store.writes).toHaveLength(3);
  });

  it('forgets the last token once upstream has said that it is revoked', async () => {
    await saver.save();
    tokens = [];
    known = true;
    await saver.save();
    expect(store.entries.get('unleash-tokens')).toBe('[]');
    await saver.save();
    expect(store.writes).toHaveLength(4);
  });

  it('leaves what others kept alone when it never had a valid token', async () => {
    tokens = [];
    known = true;
    store.entries.set('unleash-tokens', '["of others"]');
    await create().save();
    expect(store.entries.get('unleash-tokens')).toBe('["of others"]');
  });

  it('goes on when the store is broken, and says when it works again', async () => {
    store.broken = true;
    saver.start();
    await timers.advance(60_000);
    expect(saver.failures).toBe(2);
    store.broken = false;
    await timers.advance(60_000);
    expect(store.writes).toHaveLength(3);
    expect(logger.lines).toEqual([
      'warn The tokens could not be kept in memory: out of order',
      'warn The features could not be kept in memory: out of order',
      'info State is kept again in memory',
    ]);
  });

  it('says that it works again only once everything is kept that there is to keep', async () => {
    const { save } = store;
    store.broken = true;
    await saver.save();
    store.broken = false;
    // Features can be written, tokens cannot.
    store.save = async (entry, text) => {
      if (entry === 'unleash-tokens') throw new Error('out of order');
      return save.call(store, entry, text);
    };
    await saver.save();
    await saver.save();
    expect(store.writes).toEqual(['unleash-features', 'halyard-changes']);
    expect(logger.lines.filter((line) => line.startsWith('info'))).toEqual([]);
    store.save = save;
    await saver.save();
    await saver.save();
    expect(store.writes).toEqual(['unleash-features', 'halyard-changes', 'unleash-tokens']);
    expect(logger.lines.filter((line) => line.startsWith('info'))).toEqual(['info State is kept again in memory']);
  });

  it('gives a store that hangs up after its time, and tries again', async () => {
    store.hangs = true;
    saver.start();
    await timers.advance(80_000);
    expect(logger.lines.join()).toContain('not done within 10000 ms');
    store.hangs = false;
    await timers.advance(60_000);
    expect(store.writes).toHaveLength(3);
  });

  it('keeps once more at the end, within its deadline', async () => {
    saver.start();
    await saver.stop(1_000);
    expect(store.writes).toHaveLength(3);
    store.hangs = true;
    const hanging = create();
    const stopped = hanging.stop(1_000);
    await timers.advance(1_000);
    await stopped;
  });
});
