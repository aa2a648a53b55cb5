/** Deep import of the original: `…/dist/enrich-context`. */
import { toClientContext, toRawContext } from './library/client-context.ts';
import type { ClientContext } from './library/client-types.ts';
import { systemTimers } from './operations/system-timers.ts';
import { type ContextEnricher, createEnrich } from './unleash/proxy/enrichers.ts';

export type { ContextEnricher, EnricherContext } from './unleash/proxy/enrichers.ts';

const limitMs = 5_000;

/**
 * Passes a context through enrichers, one after the other. Rejects with what one of them throws, when one returns no
 * context, or takes longer than five seconds.
 *
 * Source: Unleash Proxy specification 8.2.
 */
export async function enrichContext(
  contextEnrichers: readonly ContextEnricher[],
  context: ClientContext,
): Promise<ClientContext> {
  const enrich = createEnrich(contextEnrichers, limitMs, systemTimers.set);
  return enrich === undefined ? context : toClientContext(await enrich(toRawContext(context), { native: undefined }));
}
