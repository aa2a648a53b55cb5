/** Where a request goes. */
export type Route =
  | { readonly kind: 'single'; readonly key: string }
  | { readonly kind: 'badKey'; readonly key: string }
  | { readonly kind: 'bulk' }
  | { readonly kind: 'events' }
  | { readonly kind: 'unknown' };

/** All flags. */
export const bulkRoute: Route = { kind: 'bulk' };
const events: Route = { kind: 'events' };
const unknown: Route = { kind: 'unknown' };

/** First part of every path of OFREP. */
export const ofrepPrefix = '/ofrep/v1/';
/** What follows {@link ofrepPrefix} for {@link bulkRoute}. */
export const flagsPath = 'evaluate/flags';

/**
 * Finds the route of a path. A key is everything behind the last fixed part, percent-decoded once: clients send a
 * slash in it as it is or encoded.
 *
 * @param path what follows {@link ofrepPrefix}
 */
export function findRoute(path: string): Route {
  if (path === flagsPath || path === `${flagsPath}/`) return bulkRoute;
  if (!path.startsWith(`${flagsPath}/`)) return path === 'events' ? events : unknown;
  const raw = path.slice(flagsPath.length + 1);
  if (!raw.includes('%')) return { kind: 'single', key: raw };
  try {
    return { kind: 'single', key: decodeURIComponent(raw) };
  } catch {
    return { kind: 'badKey', key: raw };
  }
}

/** The values of a comma-separated query parameter; undefined when it is not there. */
export function queryList(query: string, name: string): readonly string[] | undefined {
  const texts = [...queryTexts(query, name)];
  return texts.length === 0 ? undefined : texts.flatMap((text) => text.split(',').filter((item) => item !== ''));
}

/** The first of some query parameters that is not percent-encoded correctly; undefined when all are. */
export function undecodable(query: string, names: readonly string[]): string | undefined {
  if (!query.includes('%')) return undefined;
  return names.find((name) =>
    query.split('&').some((pair) => pair.startsWith(`${name}=`) && decoded(pair.slice(name.length + 1)) === undefined),
  );
}

/** A query parameter, decoded, the first of its name; undefined when it is not there or cannot be decoded. */
export function queryText(query: string, name: string): string | undefined {
  for (const text of queryTexts(query, name)) return text;
  return undefined;
}

/** All that have the name, up to the first that cannot be decoded. */
function* queryTexts(query: string, name: string): Generator<string, void, void> {
  if (query === '' || !query.includes(name)) return;
  for (const pair of query.split('&')) {
    if (!pair.startsWith(name) || pair.charCodeAt(name.length) !== 0x3d) continue;
    const text = decoded(pair.slice(name.length + 1));
    if (text === undefined) return;
    yield text;
  }
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
