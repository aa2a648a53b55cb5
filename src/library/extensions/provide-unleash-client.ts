import { existsSync } from 'node:fs';
import Module from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as standIn from './unleash-client.ts';

const packageName = 'unleash-client';
let provided = false;

/**
 * Makes `unleash-client` resolve to Halyard's stand-in for modules that cannot have the real one: strategy files say
 * `require('unleash-client')`, and in the original's container that resolves. A package that is installed beside the
 * file, or reachable from it, is left alone. Only this one name is touched, and only once extensions are loaded.
 *
 * @param file the extension file that is about to be loaded
 */
export function provideUnleashClient(file: string): void {
  if (provided || isInstalledFor(file)) return;
  provided = true;
  if (typeof Bun !== 'undefined') provideOnBun();
  else if (nodeModule.registerHooks !== undefined) provideByHooks(nodeModule.registerHooks);
  else provideOnOlderNode();
}

/** Looked up here and not by asking the runtime: Bun would fetch a package that is missing. */
function isInstalledFor(file: string): boolean {
  const searched = (process.env.NODE_PATH ?? '').split(delimiter).filter(Boolean);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    searched.push(join(folder, 'node_modules'));
    if (folder === dirname(folder)) break;
  }
  return searched.some((folder) => existsSync(join(folder, packageName, 'package.json')));
}

/** Bun has no hook that knows who asks, so the name means the stand-in for the whole process from now on. */
function provideOnBun(): void {
  Bun.plugin({
    name: 'halyard-unleash-client',
    setup(build) {
      build.module(packageName, () => ({ exports: { ...standIn, default: { ...standIn } }, loader: 'object' }));
    },
  });
}

type Resolved = { url: string; format?: string; shortCircuit?: boolean };
type ResolveHook = (
  specifier: string,
  context: unknown,
  next: (specifier: string, context: unknown) => Resolved,
) => Resolved;

/** Parts of `node:module` that are newer, or less public, than its type declarations. */
const nodeModule = Module as unknown as {
  readonly registerHooks?: (hooks: { resolve: ResolveHook }) => void;
  readonly register: (specifier: string, options: { data: unknown }) => void;
  _resolveFilename: (this: unknown, request: string, ...rest: unknown[]) => string;
};

/** The compiled stand-in beside this file. */
const standInFile = (): string => join(__dirname, 'unleash-client.js');

/** One hook for `require` and `import`, in Node 22.15, 23.5 and newer. */
function provideByHooks(registerHooks: (hooks: { resolve: ResolveHook }) => void): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== packageName) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return { url: pathToFileURL(standInFile()).href, format: 'commonjs', shortCircuit: true };
      }
    },
  });
}

/** `require` through the module loader's own lookup, `import` through a loader thread. */
function provideOnOlderNode(): void {
  const original = nodeModule._resolveFilename;
  nodeModule._resolveFilename = function resolveFilename(request, ...rest) {
    if (request !== packageName) return original.call(this, request, ...rest);
    try {
      return original.call(this, request, ...rest);
    } catch {
      return standInFile();
    }
  };
  nodeModule.register(`data:text/javascript,${encodeURIComponent(loaderThread)}`, {
    data: { packageName, url: pathToFileURL(standInFile()).href },
  });
}

const loaderThread = `
let known;
export function initialize(data) { known = data; }
export async function resolve(specifier, context, next) {
  if (specifier !== known.packageName) return next(specifier, context);
  try { return await next(specifier, context); }
  catch { return { url: known.url, format: 'commonjs', shortCircuit: true }; }
}`;
