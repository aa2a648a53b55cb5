import { isRecord } from './is-record.ts';
import { type Report, readConstraints } from './read-constraints.ts';
import { readVariants } from './read-variants.ts';
import type { DependencyDefinition, FeatureDefinition, StrategyDefinition } from './types.ts';

/**
 * Reads one flag. Everything that cannot be read is reported and narrowed to the smallest part: a broken strategy
 * counts as false while the flag's other strategies go on working.
 *
 * @param source the flag's compact JSON, kept for passing on
 * @returns undefined only when the value is no object with a name
 */
export function readFeature(value: unknown, source: string, report: Report): FeatureDefinition | undefined {
  if (!isRecord(value) || typeof value.name !== 'string') {
    report('a flag without a name was left out');
    return undefined;
  }
  if (typeof value.enabled !== 'boolean') report(`"enabled" is not a boolean`);
  const strategies = readStrategies(value.strategies, report);
  return {
    name: value.name,
    enabled: Boolean(value.enabled),
    project: typeof value.project === 'string' ? value.project : undefined,
    impressionData: value.impressionData,
    strategies,
    variants: readVariants(value.variants, report),
    dependencies: readDependencies(value.dependencies, report),
    usesSegments:
      strategies !== 'broken' && strategies.some((strategy) => strategy !== null && strategy.segments.length > 0),
    source,
  };
}

function readStrategies(value: unknown, report: Report): FeatureDefinition['strategies'] {
  if (!Array.isArray(value)) {
    report('"strategies" is not a list: the flag is off');
    return 'broken';
  }
  return value.map((entry) => readStrategy(entry, report));
}

function readStrategy(value: unknown, report: Report): StrategyDefinition | null {
  if (!isRecord(value) || typeof value.name !== 'string') {
    report('a strategy without a name counts as false');
    return null;
  }
  return {
    name: value.name,
    parameters: isRecord(value.parameters) ? value.parameters : {},
    constraints: readConstraints(value.constraints, report),
    segments: readSegmentIds(value.segments, report),
    variants: readVariants(value.variants, report),
  };
}

function readSegmentIds(value: unknown, report: Report): StrategyDefinition['segments'] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  report('"segments" is not a list: the strategy counts as false');
  return 'broken';
}

/** Of most flags. */
const noDependencies: readonly DependencyDefinition[] = [];

function readDependencies(value: unknown, report: Report): FeatureDefinition['dependencies'] {
  if (value === undefined || value === null) return noDependencies;
  if (!Array.isArray(value)) {
    report('"dependencies" is not a list: the flag is off');
    return 'broken';
  }
  const dependencies: DependencyDefinition[] = [];
  for (const entry of value) {
    if (!isRecord(entry) || typeof entry.feature !== 'string') {
      report('a dependency without a flag name: the flag is off');
      return 'broken';
    }
    dependencies.push({
      feature: entry.feature,
      enabled: entry.enabled !== false,
      variants: Array.isArray(entry.variants) ? entry.variants.filter((name) => typeof name === 'string') : [],
    });
  }
  return dependencies;
}
