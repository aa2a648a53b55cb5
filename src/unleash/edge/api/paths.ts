/** The endpoints, by what they are for. */
export type RouteName =
  | 'frontend'
  | 'frontendAll'
  | 'frontendFeature'
  | 'frontendMetrics'
  | 'frontendRegister'
  | 'clientFeatures'
  | 'clientFeature'
  | 'clientRegister'
  | 'clientMetrics'
  | 'clientBulk'
  | 'clientInstances'
  | 'clientDelta'
  | 'clientStreaming'
  | 'validate'
  | 'health'
  | 'ready'
  | 'info'
  | 'tokens'
  | 'features'
  | 'metricsBatch'
  | 'instanceData'
  | 'prometheus'
  | 'openapi'
  | 'swagger';

/** Who may use a path: frontend tokens, client tokens, or everybody. */
export type PathClass = 'frontend' | 'client' | 'open';

/** What a path leads to. */
export interface PathMatch {
  /** undefined where the path class is known but nothing is there. */
  readonly route: RouteName | undefined;
  readonly pathClass: PathClass;
  /** The decoded last part of paths that end in a flag's name. */
  readonly name?: string | undefined;
  /** The normalised path without the base path, for counting. */
  readonly path: string;
  /** True below `/api/frontend`, false below `/api/proxy`: one of them registers applications with metrics (18.1). */
  readonly underFrontend: boolean;
}

const get = ['GET', 'HEAD'];
const getAndPost = ['GET', 'HEAD', 'POST'];
const post = ['POST'];

/** Methods with a handler. */
export const routeMethods: Readonly<Record<RouteName, readonly string[]>> = {
  frontend: getAndPost,
  frontendAll: getAndPost,
  frontendFeature: getAndPost,
  frontendMetrics: post,
  frontendRegister: post,
  clientFeatures: getAndPost,
  clientFeature: get,
  clientRegister: post,
  clientMetrics: post,
  clientBulk: post,
  clientInstances: post,
  clientDelta: get,
  clientStreaming: get,
  validate: post,
  health: get,
  ready: get,
  info: get,
  tokens: get,
  features: get,
  metricsBatch: get,
  instanceData: get,
  prometheus: get,
  openapi: get,
  swagger: get,
};

const fixed: readonly (readonly [path: string, route: RouteName])[] = [
  ...['/api/frontend', '/api/proxy'].flatMap((root): [string, RouteName][] => [
    [root, 'frontend'],
    [`${root}/all`, 'frontendAll'],
    [`${root}/client/metrics`, 'frontendMetrics'],
    [`${root}/client/register`, 'frontendRegister'],
    [`${root}/all/client/metrics`, 'frontendMetrics'],
    [`${root}/all/client/register`, 'frontendRegister'],
  ]),
  ['/api/client/features', 'clientFeatures'],
  ['/api/client/register', 'clientRegister'],
  ['/api/client/metrics', 'clientMetrics'],
  ['/api/client/metrics/bulk', 'clientBulk'],
  ['/api/client/metrics/edge', 'clientInstances'],
  ['/api/client/delta', 'clientDelta'],
  ['/api/client/streaming', 'clientStreaming'],
  ['/edge/validate', 'validate'],
  ['/internal-backstage/health', 'health'],
  ['/internal-backstage/ready', 'ready'],
  ['/internal-backstage/info', 'info'],
  ['/internal-backstage/tokens', 'tokens'],
  ['/internal-backstage/features', 'features'],
  ['/internal-backstage/metricsbatch', 'metricsBatch'],
  ['/internal-backstage/instancedata', 'instanceData'],
  ['/internal-backstage/metrics', 'prometheus'],
  ['/api-doc/openapi.json', 'openapi'],
  ['/swagger-ui', 'swagger'],
];

const named: readonly (readonly [prefix: string, route: RouteName])[] = [
  ['/api/frontend/features/', 'frontendFeature'],
  ['/api/client/features/', 'clientFeature'],
  ['/swagger-ui/', 'swagger'],
];

/** Which routes to leave out: they answer as if nothing were there (specification 1.1). */
export type DisabledRoutes = ReadonlySet<RouteName>;

/** Slashes merged, the last one cut (specification 4.1). */
export function normalisePath(path: string): string {
  if (!path.includes('//') && !(path.length > 1 && path.endsWith('/'))) return path;
  const merged = `/${path
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;
  return merged;
}

/**
 * Matches paths below a base path. The class of a path is decided on the route, not by looking for words in it, which a
 * base path could fool (specification 5.7).
 *
 * @returns a function that gives undefined for paths outside the base path
 */
export function createPathMatcher(
  basePath: string,
  disabled: DisabledRoutes,
  disableAll: boolean,
): (path: string) => PathMatch {
  const matches = new Map<string, PathMatch>();
  for (const [path, route] of fixed) {
    if (disabled.has(route) || (disableAll && /\/all(\/|$)/.test(path))) continue;
    matches.set(basePath + path, matchOf(path, route));
  }
  return (path) => {
    // The spelling that nearly every client uses needs no text work at all.
    const exact = matches.get(path);
    if (exact !== undefined) return exact;
    const normal = normalisePath(path);
    const found = matches.get(normal);
    if (found !== undefined) return found;
    if (!normal.startsWith(basePath)) return matchOf(normal, undefined, 'open');
    return matchNamed(normal.slice(basePath.length), disabled);
  };
}

function matchNamed(path: string, disabled: DisabledRoutes): PathMatch {
  for (const [prefix, route] of named) {
    if (!path.startsWith(prefix) || disabled.has(route)) continue;
    const name = decodeName(path.slice(prefix.length));
    if (name !== undefined) return { ...matchOf(path, route), name };
  }
  return matchOf(path, undefined);
}

function matchOf(path: string, route: RouteName | undefined, pathClass = classOf(path)): PathMatch {
  return { route, pathClass, path, underFrontend: path === '/api/frontend/client/metrics' };
}

function classOf(path: string): PathClass {
  if (isBelow(path, '/api/frontend') || isBelow(path, '/api/proxy')) return 'frontend';
  return isBelow(path, '/api/client') ? 'client' : 'open';
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function decodeName(text: string): string | undefined {
  if (text === '' || text.includes('/')) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    // What cannot be decoded is a name as it is written.
    return text;
  }
}
