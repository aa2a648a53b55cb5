import { access, constants, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type StateStore, StateStoreError } from '../flags/state-store.ts';
import { stretches } from './collect.ts';
import { fileReason } from './file-reason.ts';

/** What a folder store needs. */
export interface FolderStoreOptions {
  /** Has to exist and to be writable. */
  readonly folder: string;
  /** Largest file read or written. */
  readonly limitBytes: number;
}

/** Numbers the stores of this process, so that two on one folder do not share temporary files. */
let stores = 0;

/**
 * Keeps each entry as one JSON file, with the names of Unleash Edge: `unleash-tokens` is `unleash_tokens.json`. Files
 * are written beside their place, forced to disk and renamed, so that neither a crash nor a reader meets half of one.
 *
 * Source: Unleash Edge specification 17.2.
 */
export function createFolderStore({ folder, limitBytes }: FolderStoreOptions): StateStore {
  const store = ++stores;
  const pathOf = (entry: string) => join(folder, `${entry.replaceAll('-', '_')}.json`);
  return {
    label: `folder ${folder}`,
    load: (entry) => load(pathOf(entry), limitBytes),
    async save(entry, text) {
      const path = pathOf(entry);
      // The same name after a restart: what a crash left behind is overwritten instead of piling up.
      const temporary = `${path}.${process.pid}.${store}.tmp`;
      try {
        await write(temporary, await modeOf(path), text, limitBytes);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw problem(`cannot write ${path}`, error);
      }
    },
    async remove(entry) {
      const path = pathOf(entry);
      await rm(path, { force: true }).catch((error: unknown) => {
        throw problem(`cannot remove ${path}`, error);
      });
    },
    close: async () => undefined,
  };
}

/** Why a folder cannot be used for state; undefined when it can. */
export async function folderProblem(folder: string): Promise<string | undefined> {
  try {
    const { isDirectory } = await stat(folder).then((found) => ({ isDirectory: found.isDirectory() }));
    if (!isDirectory) return `${folder} is not a folder`;
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `${folder} cannot be used: ${fileReason(error)}`;
  }
}

async function load(path: string, limitBytes: number): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw problem(`cannot read ${path}`, error);
  }
  try {
    const { size } = await file.stat();
    if (size > limitBytes) throw new StateStoreError(`it has ${size} bytes, more than the ${limitBytes} allowed`);
    return await file.readFile();
  } catch (error) {
    throw problem(`cannot read ${path}`, error);
  } finally {
    await file.close();
  }
}

async function write(path: string, mode: number, text: Iterable<string>, limitBytes: number): Promise<void> {
  const file = await open(path, 'w', mode);
  try {
    for await (const part of stretches(text, limitBytes)) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Tokens are secrets, so new files are private; files that somebody opened to others stay as they are. */
async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return 0o600;
  }
}

function problem(what: string, error: unknown): StateStoreError {
  return new StateStoreError(`${what}: ${fileReason(error)}`);
}
