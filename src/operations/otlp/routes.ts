/**
 * Paths as patterns, for names of spans: what stands in a path may be the name of a flag, or a key. Only words of these
 * lists get into a span.
 */

const served = [
  // Unleash Proxy
  '/proxy',
  '/proxy/all',
  '/proxy/client/metrics',
  '/proxy/all/client/metrics',
  '/proxy/client/register',
  '/proxy/client/features',
  '/proxy/health',
  '/proxy/internal-backstage/prometheus',
  '/docs/openapi/*',
  // Unleash Edge
  '/api/frontend',
  '/api/frontend/all',
  '/api/frontend/client/metrics',
  '/api/frontend/client/register',
  '/api/frontend/all/client/metrics',
  '/api/frontend/all/client/register',
  '/api/frontend/features/{feature_name}',
  '/api/proxy',
  '/api/proxy/all',
  '/api/proxy/client/metrics',
  '/api/proxy/client/register',
  '/api/proxy/all/client/metrics',
  '/api/proxy/all/client/register',
  '/api/client/features',
  '/api/client/features/{feature_name}',
  '/api/client/register',
  '/api/client/metrics',
  '/api/client/metrics/bulk',
  '/api/client/metrics/edge',
  '/api/client/delta',
  '/api/client/streaming',
  '/edge/validate',
  '/internal-backstage/health',
  '/internal-backstage/ready',
  '/internal-backstage/info',
  '/internal-backstage/tokens',
  '/internal-backstage/features',
  '/internal-backstage/metricsbatch',
  '/internal-backstage/instancedata',
  '/internal-backstage/metrics',
  '/api-doc/openapi.json',
  '/swagger-ui/*',
  // Flagsmith
  '/api/v1/flags',
  '/api/v1/identities',
  '/api/v1/environment-document',
  '/api/v1/analytics/flags',
  '/api/v2/analytics/flags',
  '/sse/environments/{key}/stream',
  '/proxy/health/readiness',
  '/proxy/health/liveness',
  '/proxy/metrics',
  '/health',
  '/docs',
  '/redoc',
  '/openapi.json',
  // OpenFeature and operator tools
  '/ofrep/v1/evaluate/flags',
  '/ofrep/v1/evaluate/flags/{key}',
  '/ofrep/v1/configuration',
  '/ofrep/v1/events',
  '/halyard',
  '/halyard/status',
  '/halyard/flags',
  '/halyard/explain/{flag}',
];

const exact = new Map(served.filter((pattern) => !/[{*]/.test(pattern)).map((pattern) => [pattern, pattern]));
const below: readonly (readonly [prefix: string, ending: string, pattern: string])[] = served
  .filter((pattern) => /[{*]/.test(pattern))
  .map((pattern) => {
    const [prefix = '', ending = ''] = pattern.split(/\{\w+\}|\*/);
    return [prefix, ending, pattern];
  });

/**
 * The pattern of a path that Halyard serves, base path included; undefined where it knows none.
 *
 * @param basePaths what may stand in front; without slashes at their ends
 */
export function servedRoute(path: string, basePaths: readonly string[]): string | undefined {
  for (const base of basePaths) {
    if (!path.startsWith(base)) continue;
    const pattern = patternOf(path.slice(base.length));
    if (pattern !== undefined) return base + pattern;
  }
  return undefined;
}

function patternOf(path: string): string | undefined {
  const known = exact.get(path);
  if (known !== undefined) return known;
  const clean = path.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  const cleaned = exact.get(clean);
  if (cleaned !== undefined) return cleaned;
  return below.find(([prefix, ending]) => clean.startsWith(prefix) && clean.endsWith(ending))?.[2];
}

/** Words of the paths of Unleash, GitLab and Flagsmith that mean nothing but themselves. */
const words = new Set(
  'analytics api bulk client delta document edge environment-document environments feature_flags features flags metrics proxy config usage register realtime sse stream streaming unleash v1 v2 v3 v4 validate'.split(
    ' ',
  ),
);

/** The pattern of a path upstream: every part that is no word of the lists is left out as `{}`. */
export function calledRoute(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return `/${parts.map((part) => (words.has(part) ? part : '{}')).join('/')}`;
}
