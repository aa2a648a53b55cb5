import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderStore, folderProblem } from './folder-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halyard-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const store = (limitBytes = 1_000_000) => createFolderStore({ folder, limitBytes });
const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

describe('createFolderStore', () => {
  it('uses the names of Unleash Edge, and leaves nothing else behind', async () => {
    await store().save('unleash-tokens', ['[1,', '2]']);
    expect(readdirSync(folder)).toEqual(['unleash_tokens.json']);
    expect(readFileSync(join(folder, 'unleash_tokens.json'), 'utf8')).toBe('[1,2]');
    expect(text(await store().load('unleash-tokens'))).toBe('[1,2]');
    expect(await store().load('unleash-features')).toBeUndefined();
  });

  it('forgets an entry, and does not mind when there is none', async () => {
    await store().save('unleash-tokens', ['1']);
    await store().remove('unleash-tokens');
    await store().remove('unleash-tokens');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps secrets private, and the permissions that somebody gave', async () => {
    await store().save('unleash-tokens', ['1']);
    const path = join(folder, 'unleash_tokens.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    await store().save('unleash-tokens', ['2']);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it('leaves the old file alone when the new one cannot be completed', async () => {
    await store().save('unleash-features', ['old']);
    function* failing() {
      yield 'x'.repeat(600_000);
      throw new Error('no more');
    }
    await expect(store().save('unleash-features', failing())).rejects.toThrow(/cannot write .*: no more/);
    await expect(store(10).save('unleash-features', ['x'.repeat(11)])).rejects.toThrow(/larger than 10 bytes/);
    expect(readdirSync(folder)).toEqual(['unleash_features.json']);
    expect(text(await store().load('unleash-features'))).toBe('old');
  });

  it('refuses to read more than its limit', async () => {
    writeFileSync(join(folder, 'unleash_features.json'), 'x'.repeat(11));
    await expect(store(10).load('unleash-features')).rejects.toThrow(/11 bytes, more than the 10 allowed/);
  });

  it('reports a folder that is missing', async () => {
    const missing = createFolderStore({ folder: join(folder, 'missing'), limitBytes: 10 });
    await expect(missing.save('unleash-tokens', ['1'])).rejects.toThrow(/ENOENT/);
    expect(await missing.load('unleash-tokens')).toBeUndefined();
    expect(await folderProblem(join(folder, 'missing'))).toContain('ENOENT');
    writeFileSync(join(folder, 'file'), '');
    expect(await folderProblem(join(folder, 'file'))).toContain('is not a folder');
    expect(await folderProblem(folder)).toBeUndefined();
  });
});
