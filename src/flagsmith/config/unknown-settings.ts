import { nearestNames } from '../../flags/nearest-names.ts';
import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';
import { defaultConfig } from './edge-proxy-config.ts';

/** Most settings named in one warning, and characters of each. */
const mostNamed = 20;
const mostCharacters = 64;

/** Names that are read inside an object; null for members that hold no further settings. */
type Known = { readonly [name: string]: Known | null };

const leaves = (...names: readonly string[]): Known => Object.fromEntries(names.map((name) => [name, null]));
const cache = leaves('use_cache', 'cache_max_size');

const known: Known = {
  ...leaves(...Object.keys(defaultConfig)),
  environment_key_pairs: leaves('server_side_key', 'client_side_key'),
  endpoint_caches: { flags: cache, identities: cache },
  logging: leaves(...Object.keys(defaultConfig.logging), 'colors'),
  server: leaves(...Object.keys(defaultConfig.server)),
  health_check: leaves(...Object.keys(defaultConfig.health_check)),
};

/**
 * A warning that names every setting that nothing reads, with the known one that comes nearest; null when there is none.
 * The start goes on, as the original's does (spec section 4.1). Names that begin with a sign, such as `$schema` and
 * `_comment`, are taken for notes.
 *
 * @param settings merged from all sources, aliases replaced
 */
export function unknownSettings(settings: JsonObject): string | null {
  const found = collect(settings, known, '');
  if (found.length === 0) return null;
  const more = found.length > mostNamed ? `, and ${found.length - mostNamed} more` : '';
  return `unknown settings are ignored: ${found.slice(0, mostNamed).join(', ')}${more}`;
}

function collect(settings: JsonObject, names: Known, path: string): string[] {
  return [...settings].flatMap(([name, value]) => {
    if (!Object.hasOwn(names, name)) return /^\p{L}/u.test(name) ? [describe(name, names, path)] : [];
    const inner = names[name] ?? null;
    return inner === null ? [] : collectInside(value, inner, path + name);
  });
}

function collectInside(value: Json, names: Known, path: string): string[] {
  if (isObject(value)) return collect(value, names, `${path}.`);
  if (!isList(value)) return [];
  return value.flatMap((item, i) => (isObject(item) ? collect(item, names, `${path}[${i}].`) : []));
}

function describe(name: string, names: Known, path: string): string {
  const [nearest] = nearestNames(name, Object.keys(names), 1);
  const meant = nearest === undefined ? elsewhere(name) : path + nearest;
  return `${path}${shown(name)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

/** Where a setting of this name belongs that stands at the wrong level. */
function elsewhere(name: string, names: Known = known, path = ''): string | undefined {
  if (path !== '' && Object.hasOwn(names, name)) return path + name;
  for (const [section, inner] of Object.entries(names)) {
    const found = inner === null ? undefined : elsewhere(name, inner, `${path}${section}.`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A server-side key that stands in the place of a name stays a secret. */
function shown(name: string): string {
  if (/^ser\./i.test(name)) return 'ser.…';
  const quoted = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  return quoted.length > mostCharacters ? `${quoted.slice(0, mostCharacters)}…` : quoted;
}
