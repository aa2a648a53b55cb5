import type { CompiledFlag } from '../../engine/flag.ts';
import { firstVariant, type Outcome, off } from '../../engine/outcome.ts';

const disabled = { name: 'disabled', enabled: false, payload: null };

/**
 * How the frontend API writes one toggle. Member order and the doubled `impressionData` are part of the contract; that
 * the flag itself is on (`feature_enabled`) is not told inside the variant.
 *
 * Source: Unleash Edge specification 8.3.
 */
export function toggleJson(flag: CompiledFlag, outcome: Outcome): string {
  const picked = outcome === off ? undefined : flag.variants[outcome - firstVariant];
  const impressionData = flag.impressionData === true;
  return JSON.stringify({
    name: flag.name,
    enabled: outcome !== off,
    variant: picked === undefined ? disabled : { name: picked.name, enabled: true, payload: picked.payload ?? null },
    impression_data: impressionData,
    impressionData,
  });
}
