import type { EdgeUrls } from '../types.ts';

/**
 * Addresses below an instance's root, which is given without `/api`; a path in it is kept.
 *
 * Source: Unleash Edge specification 14.1.
 */
export function edgeUrls(root: string): EdgeUrls {
  const base = root.replace(/\/+$/, '');
  const client = `${base}/api/client`;
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
