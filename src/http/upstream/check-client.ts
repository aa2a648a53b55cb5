import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { createNodeClient } from './node-client.ts';
import type { SendUpstream } from './types.ts';

/** A client for one-off checks, which trusts one more root. It goes to where it is told, through no proxy. */
export function createCheckClient(ca: string | undefined): SendUpstream {
  const agent = ca === undefined ? undefined : new Agent({ ca: [...rootCertificates, ca] });
  return createNodeClient({
    rejectUnauthorized: true,
    agent: (url) => (url.protocol === 'https:' ? agent : undefined),
  });
}
