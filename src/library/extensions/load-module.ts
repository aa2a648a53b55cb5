import { createRequire } from 'node:module';
import { join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SettingError } from '../../config/setting-error.ts';
import { provideUnleashClient } from './provide-unleash-client.ts';

/** Only `import` can load this module, and the caller cannot wait for that. */
export class NeedsImportError extends Error {
  override readonly name = 'NeedsImportError';
}

/**
 * The file that a path means: relative to a folder, with the extension left out if one likes.
 *
 * @throws SettingError `Cannot find module '<path as given>'`
 */
export function findModule(path: string, folder: string): string {
  const { resolve } = createRequire(join(folder, 'halyard.js'));
  const base = resolvePath(folder, path);
  for (const candidate of [base, `${base}.cjs`, `${base}.mjs`]) {
    try {
      return resolve(candidate);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  throw Object.assign(new SettingError(`Cannot find module '${path}'`), { code: 'MODULE_NOT_FOUND' });
}

function isNotFound(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

/**
 * Loads a module at once: CommonJS everywhere, ES modules where the runtime can.
 *
 * @throws NeedsImportError for ES modules that have to be waited for; else whatever the module throws
 */
export function loadModuleNow(file: string): unknown {
  provideUnleashClient(file);
  try {
    return createRequire(file)(file);
  } catch (error) {
    if (needsImport(error)) throw new NeedsImportError(`${file} has to be loaded with import`);
    throw explained(error, file);
  }
}

/** Loads a module of either kind. Rejects with whatever the module throws. */
export async function loadModule(file: string): Promise<unknown> {
  try {
    return loadModuleNow(file);
  } catch (error) {
    if (!(error instanceof NeedsImportError)) throw error;
  }
  try {
    return await importModule(pathToFileURL(file).href);
  } catch (error) {
    throw explained(error, file);
  }
}

/** What is thrown may say little: Bun's own messages are no errors, and name no file. */
function explained(error: unknown, file: string): Error {
  if (error instanceof Error && !/^(Build|Resolve)Message$/.test(error.name)) return error;
  const message = (error as { message?: unknown } | null | undefined)?.message ?? error;
  return new SettingError(`${file} cannot be loaded: ${String(message)}`, { cause: error });
}

/**
 * True for the ways in which `require` refuses an ES module. Bun has no code for its own. The last one: Node 20 can
 * require such a module, but looks for what it imports without the thread that knows the stand-in.
 */
function needsImport(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'ERR_REQUIRE_ESM' || code === 'ERR_REQUIRE_ASYNC_MODULE') return true;
  if (typeof Bun !== 'undefined') return String(message).startsWith('require() async module');
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes("'unleash-client'");
}

/** A real `import`: in CommonJS the compiler would turn the keyword into `require`. */
const importModule = new Function('url', 'return import(url)') as (url: string) => Promise<unknown>;
