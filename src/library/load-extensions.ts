import { type Environment, splitList } from '../config/option.ts';
import { proxyOptions } from '../config/proxy-options.ts';
import type { CustomStrategyObject, IProxyConfig } from '../unleash/proxy/config-types.ts';
import { type ExtensionKind, enricherKind, exportedList, strategyKind } from './extensions/exported-list.ts';
import { findModule, loadModule, loadModuleNow, NeedsImportError } from './extensions/load-module.ts';

/**
 * Extensions as an application may give them: a list of objects, of paths of modules that export such lists, or of
 * both; or one such path.
 */
export type Extensions<Extension> = string | readonly (Extension | string)[];

type Loaded = Pick<IProxyConfig, 'customStrategies' | 'expCustomEnrichers'>;

/**
 * Adds the extensions whose files the environment names to a configuration that has none of its own. Paths are relative
 * to the working directory; a list is separated by commas; CommonJS and ES modules both work.
 *
 * Source: Unleash Proxy specification 8.1 and 8.2.
 *
 * @throws Error `Cannot find module '<path>'`, TypeError for a module without a list, or what the module throws
 */
export async function loadExtensions(config: IProxyConfig, environment: Environment): Promise<IProxyConfig> {
  const strategies = config.customStrategies ?? namedIn(environment, proxyOptions.customStrategies.environment);
  const enrichers = config.expCustomEnrichers ?? namedIn(environment, proxyOptions.expCustomEnrichers.environment);
  return {
    ...config,
    customStrategies: (await listed(strategies, strategyKind)) as readonly CustomStrategyObject[] | undefined,
    expCustomEnrichers: await listed(enrichers, enricherKind),
  };
}

/**
 * The same at once, for callers that cannot wait, and for paths given in code as well.
 *
 * @throws as {@link loadExtensions}; Error also for an ES module that has to be waited for
 */
export function loadExtensionsNow(
  strategies: Extensions<unknown> | undefined,
  enrichers: Extensions<unknown> | undefined,
  environment: Environment,
): Loaded {
  const namedStrategies = strategies ?? namedIn(environment, proxyOptions.customStrategies.environment);
  const namedEnrichers = enrichers ?? namedIn(environment, proxyOptions.expCustomEnrichers.environment);
  return {
    customStrategies: listedNow(namedStrategies, strategyKind) as readonly CustomStrategyObject[] | undefined,
    expCustomEnrichers: listedNow(namedEnrichers, enricherKind),
  };
}

/** Paths of the first variable that is set. */
function namedIn(environment: Environment, variables: readonly string[]): readonly string[] | undefined {
  const text = variables.map((variable) => environment[variable]).find(Boolean);
  if (!text) return undefined;
  return splitList(text)
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

async function listed(given: Extensions<unknown> | undefined, kind: ExtensionKind) {
  if (given === undefined) return undefined;
  const lists: unknown[][] = [];
  for (const entry of entries(given, kind)) {
    if (typeof entry !== 'string') lists.push([entry]);
    else lists.push([...exportedList(await loadModule(findModule(entry, process.cwd())), entry, kind)]);
  }
  return lists.flat();
}

function listedNow(given: Extensions<unknown> | undefined, kind: ExtensionKind) {
  if (given === undefined) return undefined;
  return entries(given, kind).flatMap((entry) => (typeof entry === 'string' ? readNow(entry, kind) : [entry]));
}

function readNow(path: string, kind: ExtensionKind): readonly unknown[] {
  try {
    return exportedList(loadModuleNow(findModule(path, process.cwd())), path, kind);
  } catch (error) {
    if (!(error instanceof NeedsImportError)) throw error;
    throw new Error(
      `${path} is an ES module that has to be waited for. Import it yourself and pass its ${kind.plural} as an option`,
    );
  }
}

function entries(given: Extensions<unknown>, { plural }: ExtensionKind): readonly unknown[] {
  if (typeof given === 'string') return [given];
  if (Array.isArray(given)) return given;
  throw new TypeError(`${plural} have to be given as an array`);
}
