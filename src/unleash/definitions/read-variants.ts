import { isRecord } from './is-record.ts';
import type { Report } from './read-constraints.ts';
import type { VariantDefinition } from './types.ts';

/** Reads a list of variants. Entries that cannot be read are left out; unusable weights count as 0. */
export function readVariants(value: unknown, report: Report): readonly VariantDefinition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report('"variants" is not a list: there are none');
    return [];
  }
  return value.flatMap((entry) => readVariant(entry, report) ?? []);
}

function readVariant(value: unknown, report: Report): VariantDefinition | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') {
    report('a variant without a name was left out');
    return undefined;
  }
  const usable = typeof value.weight === 'number' && Number.isFinite(value.weight);
  if (!usable) report(`the weight of variant "${value.name}" is not a number`);
  return {
    name: value.name,
    weight: usable ? (value.weight as number) : 0,
    stickiness: typeof value.stickiness === 'string' ? value.stickiness : undefined,
    payload: value.payload,
    overrides: Array.isArray(value.overrides) ? value.overrides.flatMap(readOverride) : [],
  };
}

function readOverride(value: unknown): VariantDefinition['overrides'] {
  if (!isRecord(value) || typeof value.contextName !== 'string' || !Array.isArray(value.values)) return [];
  return [{ contextName: value.contextName, values: value.values }];
}
