import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Definitions as they are kept: a JSON object whose lists may be long. */
export type StoredDocument = Readonly<Record<string, unknown>>;

const chunkCharacters = 64 * 1024;

/**
 * Keeps the last good definitions as one JSON file per key. Files are written beside their place and then renamed, so
 * that a reader or a crash never meets half a file, and in pieces, so that a long list does not hold up requests.
 *
 * Source: Unleash Proxy specification 8.3.
 */
export class FileStorage {
  readonly #directory: string;
  #writes = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where a key's file is. */
  path(key: string): string {
    return join(this.#directory, `unleash-backup-${key.replaceAll('/', '_')}.json`);
  }

  /** @returns undefined when there is no file; rejects when there is one that cannot be read */
  async get(key: string): Promise<unknown> {
    let content: string;
    try {
      content = await readFile(this.path(key), 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw error;
    }
    return content.trim() === '' ? undefined : JSON.parse(content);
  }

  async set(key: string, data: unknown): Promise<void> {
    const path = this.path(key);
    const temporary = `${path}.${process.pid}.${++this.#writes}.tmp`;
    await mkdir(dirname(path), { recursive: true });
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        // `write` may write less than asked for, on a full disk for example; `writeFile` writes all or fails.
        for (const chunk of jsonChunks(data as StoredDocument)) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** An object's JSON in pieces: lists among its members are written entry by entry. */
function* jsonChunks(data: StoredDocument): Generator<string, void, void> {
  let chunk = '{';
  let first = true;
  for (const [name, value] of Object.entries(data)) {
    if (value === undefined) continue;
    chunk += `${first ? '' : ','}${JSON.stringify(name)}:`;
    first = false;
    if (!Array.isArray(value)) {
      chunk += JSON.stringify(value) ?? 'null';
      continue;
    }
    chunk += '[';
    for (const [index, entry] of value.entries()) {
      chunk += (index > 0 ? ',' : '') + (JSON.stringify(entry) ?? 'null');
      if (chunk.length >= chunkCharacters) {
        yield chunk;
        chunk = '';
      }
    }
    chunk += ']';
  }
  yield `${chunk}}`;
}
