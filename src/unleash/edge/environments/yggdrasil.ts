import semver from 'semver';
import { isRecord } from '../../definitions/is-record.ts';
import type {
  ConstraintDefinition,
  Constraints,
  DefinitionIssue,
  Definitions,
  FeatureDefinition,
  SegmentDefinition,
  StrategyDefinition,
} from '../../definitions/types.ts';

/**
 * Makes definitions mean to the engine what they mean to Yggdrasil, Edge's own: one strategy that cannot be compiled
 * turns its whole flag off, groups are named after the flag unless they have a name, and a flag without a list of
 * strategies is on.
 *
 * Source: Unleash Edge specification 21.
 */
export function prepareForYggdrasil(definitions: Definitions): Definitions {
  const issues: DefinitionIssue[] = [...definitions.issues];
  const features = definitions.features.map((feature): FeatureDefinition => {
    const strategies = strategiesOf(feature);
    const fault = strategies === 'broken' ? undefined : firstFault(strategies, definitions.segments);
    if (fault !== undefined) issues.push({ subject: feature.name, message: `${fault}: the flag is off` });
    if (strategies === 'broken' || fault !== undefined) return { ...feature, strategies: 'broken' };
    return { ...feature, strategies: strategies.map((strategy) => strategy && withDefaults(strategy, feature.name)) };
  });
  return { ...definitions, features, issues };
}

function strategiesOf(feature: FeatureDefinition): FeatureDefinition['strategies'] {
  if (feature.strategies !== 'broken') return feature.strategies;
  const raw: unknown = JSON.parse(feature.source);
  return isRecord(raw) && (raw.strategies === undefined || raw.strategies === null) ? [] : 'broken';
}

function withDefaults(strategy: StrategyDefinition, flagName: string): StrategyDefinition {
  const { parameters } = strategy;
  return {
    ...strategy,
    parameters: {
      ...parameters,
      groupId: parameters.groupId ?? flagName,
      ...(typeof parameters.userIds === 'string' ? { userIds: parameters.userIds.trim() } : {}),
    },
  };
}

function firstFault(
  strategies: readonly (StrategyDefinition | null)[],
  segments: ReadonlyMap<unknown, SegmentDefinition>,
): string | undefined {
  for (const strategy of strategies) {
    const fault = strategy === null ? 'a strategy cannot be read' : strategyFault(strategy, segments);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function strategyFault(
  { name, parameters, constraints, segments: ids }: StrategyDefinition,
  segments: ReadonlyMap<unknown, SegmentDefinition>,
): string | undefined {
  const own = parameterFault(name, parameters) ?? constraintsFault(constraints);
  if (own !== undefined) return own;
  if (ids === 'broken') return 'a list of segments cannot be read';
  for (const id of ids) {
    const segment = segments.get(id);
    if (segment === undefined) return `segment ${String(id)} does not exist`;
    const fault = constraintsFault(segment.constraints);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function parameterFault(name: string, parameters: StrategyDefinition['parameters']): string | undefined {
  switch (name) {
    case 'flexibleRollout':
      return percentageFault(parameters.rollout);
    case 'gradualRolloutRandom':
      return percentageFault(parameters.percentage);
    case 'gradualRolloutUserId':
    case 'gradualRolloutSessionId':
      if (parameters.groupId === undefined) return `${name} has no groupId`;
      return percentageFault(parameters.percentage);
    default:
      return undefined;
  }
}

function percentageFault(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  const usable = typeof text === 'string' && /^\d{1,3}$/.test(text) && Number(text) <= 100;
  return usable ? undefined : 'a rollout is no percentage';
}

function constraintsFault(constraints: Constraints): string | undefined {
  if (constraints === 'broken') return 'a constraint cannot be read';
  for (const constraint of constraints) {
    const fault = constraintFault(constraint);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const dateLiteral = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function constraintFault({ operator, values, value }: ConstraintDefinition): string | undefined {
  switch (operator) {
    case 'IN':
    case 'NOT_IN':
    case 'REGEX':
      return undefined;
    case 'STR_STARTS_WITH':
    case 'STR_ENDS_WITH':
    case 'STR_CONTAINS':
    case 'IN_CIDR':
      return values.length === 0 ? `${operator} has no values` : undefined;
    case 'NUM_EQ':
    case 'NUM_GT':
    case 'NUM_GTE':
    case 'NUM_LT':
    case 'NUM_LTE':
      return isNumber(value) ? undefined : `${operator} has no number`;
    case 'DATE_AFTER':
    case 'DATE_BEFORE':
      return typeof value === 'string' && dateLiteral.test(value) ? undefined : `${operator} has no date`;
    case 'SEMVER_EQ':
    case 'SEMVER_GT':
    case 'SEMVER_GTE':
    case 'SEMVER_LT':
    case 'SEMVER_LTE':
      // A literal that starts with a v compiles and is never satisfied.
      return typeof value === 'string' && (value.startsWith('v') || semver.parse(value) !== null)
        ? undefined
        : `${operator} has no version`;
    default:
      return `operator ${operator} is not known`;
  }
}

function isNumber(value: unknown): boolean {
  return (
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
  );
}
