import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeKept } from '../library/flagsmith/kept-text.ts';
import {
  edgeFileMode,
  flagsmithFileMode,
  type KeptDefinitions,
  proxyFileMode,
} from '../library/operator/file-modes.ts';
import type { OperatorMode } from '../operations/operator/types.ts';

/** Whose evaluation a file is read for; `auto` decides by what it holds. */
export type FileEvaluation = 'auto' | 'unleash-node' | 'yggdrasil' | 'flagsmith-proxy' | 'flagsmith-core';

/** The file or folder holds nothing that can be explained. The message says why. */
export class ExplainFileError extends Error {
  override readonly name = 'ExplainFileError';
}

/** Largest file read, in bytes. */
const limitBytes = 512 * 1024 * 1024;
const edgeStoreFile = 'unleash_features.json';
const fileForms =
  'a document of Unleash ("features") or Flagsmith ("feature_states"), a bootstrap file of Edge, or a backup of Halyard, Unleash Proxy or Unleash Edge';

/**
 * Reads definitions from a file, or from a folder in which some mode of Halyard (or the program that it replaces) keeps
 * its state.
 *
 * @throws ExplainFileError
 */
export async function readFileModes(path: string, evaluation: FileEvaluation): Promise<readonly OperatorMode[]> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return await readFolder(path, evaluation);
    return await fromFile(path, evaluation);
  } catch (error) {
    if (error instanceof ExplainFileError) throw error;
    const { code, message } = error as { code?: unknown; message?: string };
    throw new ExplainFileError(code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be used: ${message}`);
  }
}

async function readFolder(folder: string, evaluation: FileEvaluation): Promise<readonly OperatorMode[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const modes: OperatorMode[] = [];
  if (names.includes(edgeStoreFile)) modes.push(...(await fromFile(join(folder, edgeStoreFile), evaluation)));
  for (const name of names.filter((candidate) => candidate.startsWith('unleash-backup-'))) {
    modes.push(...(await fromFile(join(folder, name), evaluation)));
  }
  const kept: KeptDefinitions<string>[] = [];
  for (const name of names.filter((candidate) => /^flagsmith_[0-9a-f]{32}\.json$/.test(candidate))) {
    const document = decodeKept((await readLimited(join(folder, name))).text);
    // The list of discovered environments stands among them, under this name.
    if (document !== null && document.name !== '*') {
      kept.push({ name: document.name, content: document.text, writtenMs: document.savedMs });
    }
  }
  if (kept.length > 0) modes.push(flagsmithFileMode(kept, flagsmithMode(evaluation)));
  if (modes.length > 0) return modes;
  throw new ExplainFileError(
    `${folder} holds no state: none of ${edgeStoreFile}, unleash-backup-*.json, flagsmith_*.json`,
  );
}

async function fromFile(path: string, evaluation: FileEvaluation): Promise<readonly OperatorMode[]> {
  const { text, writtenMs } = await readLimited(path);
  const name = basename(path)
    .replace(/\.json$/, '')
    .replace(/^unleash-backup-/, '');
  const kept = decodeKept(text);
  if (kept !== null) {
    const document = { name: kept.name, content: kept.text, writtenMs: kept.savedMs };
    return [flagsmithFileMode([document], flagsmithMode(evaluation))];
  }
  const content = parse(path, text);
  if (Array.isArray(content)) return fromEdgeStore(path, content, writtenMs, evaluation);
  if (typeof content !== 'object' || content === null) throw new ExplainFileError(`${path} is not ${fileForms}`);
  if ('feature_states' in content) {
    return [flagsmithFileMode([{ name, content: text, writtenMs }], flagsmithMode(evaluation))];
  }
  // A simplified bootstrap file is Edge's only; a whole document may be anybody's.
  if (!('features' in content) || evaluation === 'yggdrasil')
    return [await edgeFileMode([{ name, content, writtenMs }])];
  return [proxyFileMode({ name, content, writtenMs })];
}

/** Edge keeps pairs of cache key and document. */
async function fromEdgeStore(
  path: string,
  pairs: readonly unknown[],
  writtenMs: number,
  evaluation: FileEvaluation,
): Promise<readonly OperatorMode[]> {
  const documents = pairs.flatMap((pair): KeptDefinitions<unknown>[] =>
    Array.isArray(pair) && typeof pair[0] === 'string' ? [{ name: pair[0], content: pair[1], writtenMs }] : [],
  );
  if (documents.length === 0) throw new ExplainFileError(`${path} is not ${fileForms}`);
  return evaluation === 'unleash-node' ? documents.map(proxyFileMode) : [await edgeFileMode(documents)];
}

function flagsmithMode(evaluation: FileEvaluation): 'proxy' | 'core' {
  return evaluation === 'flagsmith-core' ? 'core' : 'proxy';
}

async function readLimited(path: string): Promise<{ readonly text: string; readonly writtenMs: number }> {
  const { size, mtimeMs } = await stat(path);
  if (size > limitBytes) throw new ExplainFileError(`${path} has ${size} bytes, more than the ${limitBytes} allowed`);
  return { text: await readFile(path, 'utf8'), writtenMs: mtimeMs };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExplainFileError(`${path} is not JSON: ${(error as Error).message}`);
  }
}
