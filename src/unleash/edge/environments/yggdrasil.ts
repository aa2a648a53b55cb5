import { isRecord } from '../../definitions/is-record.ts';
import { wholeFeature } from '../../definitions/light-feature.ts';
import type { PrepareFeature } from '../../definitions/read-document.ts';
import type {
  ConstraintDefinition,
  Constraints,
  DefinitionIssue,
  Definitions,
  FeatureDefinition,
  SegmentDefinition,
  StrategyDefinition,
} from '../../definitions/types.ts';
import { readLiteral } from '../../engine/constraints/literal.ts';
import { isOrdinal } from '../../engine/constraints/yggdrasil.ts';

/** {@link prepareFeature} for all flags of a document. */
export function prepareForYggdrasil(definitions: Definitions): Definitions {
  const { segments } = definitions;
  const issues: DefinitionIssue[] = [...definitions.issues];
  const features = definitions.features.map((feature) => prepareFeature(wholeFeature(feature), segments, issues));
  return { ...definitions, features, issues };
}

/**
 * Makes a flag mean to the engine what it means to Yggdrasil, Edge's own: one strategy that cannot be compiled turns its
 * whole flag off (an unknown segment or a share that is no number only the strategy), groups are named after the flag
 * unless they have a name, and a flag without a list of strategies is on.
 *
 * Source: Unleash Edge specification 21.
 *
 * @param issues what is found wrong is added here
 */
export const prepareFeature: PrepareFeature = (feature, segments, issues) => {
  const strategies = strategiesOf(feature);
  const fault = strategies === 'broken' ? undefined : firstFault(strategies, segments);
  if (fault !== undefined) issues.push({ subject: feature.name, message: `${fault}: the flag is off` });
  if (strategies === 'broken' || fault !== undefined) return { ...feature, strategies: 'broken' };
  for (const id of missingSegments(strategies, segments)) {
    issues.push({ subject: feature.name, message: `segment ${String(id)} does not exist: the strategy never holds` });
  }
  return { ...feature, strategies: strategies.map((strategy) => strategy && withDefaults(strategy, feature.name)) };
};

function strategiesOf(feature: FeatureDefinition): FeatureDefinition['strategies'] {
  if (feature.strategies !== 'broken') return feature.strategies;
  const raw: unknown = JSON.parse(feature.source);
  return isRecord(raw) && (raw.strategies === undefined || raw.strategies === null) ? [] : 'broken';
}

function withDefaults(strategy: StrategyDefinition, flagName: string): StrategyDefinition {
  const { name, parameters } = strategy;
  const changed: Record<string, unknown> = { ...parameters, groupId: parameters.groupId ?? flagName };
  for (const list of ['userIds', 'IPs', 'hostNames']) {
    const text = parameters[list];
    if (typeof text === 'string') changed[list] = text.trim();
  }
  if (name === 'flexibleRollout') changed.rollout = shareOf(parameters.rollout);
  if (name.startsWith('gradualRollout')) {
    const needsGroup = name !== 'gradualRolloutRandom';
    changed.percentage = needsGroup && parameters.groupId === undefined ? Number.NaN : shareOf(parameters.percentage);
  }
  // A strategy's own variants stick to what the strategy does, and nobody is listed for them.
  const variants = strategy.variants.map((variant) => ({ ...variant, stickiness: undefined, overrides: [] }));
  return { ...strategy, parameters: changed, variants };
}

/** A share in percent; NaN, which nobody is below, for what is no whole number. */
function shareOf(value: unknown): number {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** What cannot be compiled, in words; a strategy with an unknown segment is never asked, so it has no fault. */
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
  if (ids === 'broken') return 'a list of segments cannot be read';
  const used = ids.map((id) => segments.get(id));
  if (used.includes(undefined)) return undefined;
  const lists = [constraints, ...used.map((segment) => segment?.constraints ?? [])];
  for (const fault of [parameterFault(name, parameters), ...lists.map(constraintsFault)]) {
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function missingSegments(
  strategies: readonly (StrategyDefinition | null)[],
  segments: ReadonlyMap<unknown, SegmentDefinition>,
): readonly unknown[] {
  return strategies.flatMap((strategy) => {
    const ids = strategy?.segments ?? [];
    return ids === 'broken' ? [] : ids.filter((id) => !segments.has(id));
  });
}

function parameterFault(name: string, parameters: StrategyDefinition['parameters']): string | undefined {
  switch (name) {
    case 'flexibleRollout':
      return rolloutFault(parameters.rollout, [parameters.groupId, parameters.stickiness]);
    case 'gradualRolloutUserId':
    case 'gradualRolloutSessionId':
      return parameters.groupId === undefined ? undefined : rolloutFault(parameters.percentage, [parameters.groupId]);
    case 'remoteAddress':
      return quotingFault(parameters.IPs);
    case 'applicationHostname':
      return quotingFault(parameters.hostNames);
    default:
      return undefined;
  }
}

function rolloutFault(share: unknown, texts: readonly unknown[]): string | undefined {
  const percentage = shareOf(share);
  if (Number.isNaN(percentage)) return undefined;
  return percentage > 100 ? 'a rollout is above 100 %' : firstOf(texts.map(quotingFault));
}

/** Texts stand in quotes in a rule, and not all are escaped there. */
function quotingFault(text: unknown): string | undefined {
  return typeof text === 'string' && /(^|[^\\])"|\\$/.test(text) ? 'a text has quotes in it' : undefined;
}

function constraintsFault(constraints: Constraints): string | undefined {
  if (constraints === 'broken') return 'a constraint cannot be read';
  return firstOf(constraints.map(constraintFault));
}

function constraintFault(constraint: ConstraintDefinition): string | undefined {
  const { contextName, operator, value } = constraint;
  const values = constraint.exactValues ?? constraint.values;
  if (isOrdinal(operator)) {
    const text = String(value);
    if (operator.startsWith('SEMVER_') && text.startsWith('v')) return undefined;
    if (value === undefined || value === null || readLiteral(text) === undefined) {
      return `${operator} has no number, date or version`;
    }
    return quotingFault(contextName);
  }
  switch (operator) {
    case 'STR_STARTS_WITH':
    case 'STR_ENDS_WITH':
    case 'STR_CONTAINS':
      if (values.length === 0) return `${operator} has no values`;
      break;
    case 'IN':
    case 'NOT_IN':
      break;
    default:
      // Operators that came later know no rules of this kind, and those that are not known at all are never satisfied.
      return undefined;
  }
  return quotingFault(contextName) ?? (values.some((text) => text.endsWith('\\')) ? 'a text ends in \\' : undefined);
}

function firstOf(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined);
}
