import type { EdgeUrls } from '../types.ts';

/**
 * Addresses below an instance's root, which is given without `/api`; a path in it is kept.
 *
 * Source: Unleash Edge specification 14.1.
 */
export function edgeUrls(root: string): EdgeUrls {
  const base = withoutEnd(root);
  return urlsOf(base, `${base}/api/client`);
}

/** Addresses below the address that GitLab shows as "API URL". Only the first one is ever asked. */
export function gitlabUrls(root: string): EdgeUrls {
  const base = withoutEnd(root);
  return urlsOf(base, `${base}/client`);
}

const withoutEnd = (root: string) => root.replace(/\/+$/, '');

function urlsOf(base: string, client: string): EdgeUrls {
  return {
    features: `${client}/features`,
    register: `${client}/register`,
    metrics: `${client}/metrics`,
    bulk: `${client}/metrics/bulk`,
    instances: `${client}/metrics/edge`,
    delta: `${client}/delta`,
    streaming: `${client}/streaming`,
    validate: `${base}/edge/validate`,
  };
}
