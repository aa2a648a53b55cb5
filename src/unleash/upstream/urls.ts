/** What upstream is asked to narrow the definitions to. */
export interface FeaturesFilter {
  readonly project?: string | undefined;
  readonly namePrefix?: string | undefined;
  readonly tags?: readonly { readonly name: string; readonly value: string }[] | undefined;
}

/** Addresses of the client API below a configured base. */
export interface UpstreamUrls {
  readonly features: string;
  readonly metrics: string;
  readonly register: string;
}

/**
 * Derives the addresses from a base such as `https://unleash.example/api`. A base that still ends in `/features`, as
 * the first versions of the API had it, loses that part.
 *
 * Source: Unleash Proxy specification 6.1; 9.2, 20.
 */
export function upstreamUrls(base: string, filter: FeaturesFilter): UpstreamUrls {
  const root = base.replace(/\/features$/, '');
  const directory = root.endsWith('/') ? root : `${root}/`;
  const query = new URLSearchParams();
  if (filter.project) query.set('project', filter.project);
  if (filter.namePrefix) query.set('namePrefix', filter.namePrefix);
  for (const { name, value } of filter.tags ?? []) query.append('tag', `${name}:${value}`);
  const search = query.size > 0 ? `?${query}` : '';
  return {
    features: `${directory}client/features${search}`,
    metrics: `${directory}client/metrics`,
    register: `${directory}client/register`,
  };
}
