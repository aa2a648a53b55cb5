import type { ChooseSharing } from './conversation.ts';

/** A token's validity is news for the whole fleet for this long. */
const validationKeepMs = 10_000;

/** What members share in the modes of Unleash: definitions, whole or as changes, and which tokens are valid. */
export function unleashSharing(intervalMs: number): ChooseSharing {
  const definitions = intervalMs > 0 ? { keepMs: intervalMs, polled: true } : undefined;
  const validation = { keepMs: validationKeepMs, polled: false };
  return ({ method, url }) => {
    if (method === 'GET') return definitions;
    return url.endsWith('/edge/validate') ? validation : undefined;
  };
}

/** The same in Flagsmith mode: documents, and the list of environments. Pages of documents belong to their reader. */
export function flagsmithSharing(intervalMs: number): ChooseSharing {
  const definitions = { keepMs: intervalMs, polled: true };
  return ({ method, url }) => (method === 'GET' && !url.includes('?') ? definitions : undefined);
}
