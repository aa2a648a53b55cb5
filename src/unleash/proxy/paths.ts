/** The endpoints of the API, by what they are for. */
export type RouteName = 'enabled' | 'all' | 'metrics' | 'register' | 'definitions' | 'health' | 'prometheus';

/** What a path leads to: an endpoint, nothing below the mount point, or nothing to do with this API. */
export type PathMatch = RouteName | 'unknown' | undefined;

const routes = new Map<string, RouteName>([
  ['', 'enabled'],
  ['/all', 'all'],
  ['/client/metrics', 'metrics'],
  ['/all/client/metrics', 'metrics'],
  ['/client/register', 'register'],
  ['/client/features', 'definitions'],
  ['/health', 'health'],
  ['/internal-backstage/prometheus', 'prometheus'],
]);

/** Methods with a handler, in the order in which `Allow` lists them. */
export const routeMethods: Readonly<Record<RouteName, readonly string[]>> = {
  enabled: ['GET', 'HEAD', 'POST'],
  all: ['GET', 'HEAD', 'POST'],
  metrics: ['POST'],
  register: ['POST'],
  definitions: ['GET', 'HEAD'],
  health: ['GET', 'HEAD'],
  prometheus: ['GET', 'HEAD'],
};

/**
 * Matches paths the way the original's router does: in any case, with or without a trailing slash, and with a doubled
 * slash behind the mount point, which SDKs produce by joining texts. Percent-encoding is not undone.
 *
 * @param mount path of the API, for example `/proxy` or `/base/proxy`
 */
export function createPathMatcher(mount: string): (path: string) => PathMatch {
  const prefix = mount.toLowerCase();
  const exact = new Map([...routes].map(([rest, route]) => [prefix + rest, route]));
  return (path) => {
    // The spelling that nearly every client uses needs no text work at all.
    const route = exact.get(path);
    if (route !== undefined) return route;
    const lower = path.toLowerCase();
    if (!lower.startsWith(prefix)) return undefined;
    let rest = lower.slice(prefix.length);
    if (rest !== '' && !rest.startsWith('/')) return undefined;
    if (rest.startsWith('//')) rest = rest.slice(1);
    if (rest.endsWith('/')) rest = rest.slice(0, -1);
    return routes.get(rest) ?? 'unknown';
  };
}
