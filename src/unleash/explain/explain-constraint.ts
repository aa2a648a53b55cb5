import { cut, listed, type Step, shown, shownList, step } from '../../flags/explanation.ts';
import type { ConstraintDefinition, Constraints } from '../definitions/types.ts';
import { type ConstraintEnvironment, compileConstraints } from '../engine/constraints/compile.ts';
import { type Context, fieldReader } from '../engine/context.ts';
import { holds } from '../engine/predicate.ts';

/** Most constraints of one list that are told one by one. All of them are asked. */
const mostConstraints = 200;

/**
 * Explains a list of constraints, each by itself: what it wants, what it saw, what came of it. Verdicts are those of the
 * compiled constraint.
 *
 * @param environment the time and the semantics that the engine has
 */
export function explainConstraints(
  constraints: Constraints,
  context: Context,
  environment: ConstraintEnvironment,
): Step[] {
  if (constraints === 'broken') {
    return [step('constraint', false, 'a constraint cannot be read: it is never satisfied', { problem: 'unreadable' })];
  }
  const told = constraints
    .slice(0, mostConstraints)
    .map((constraint) => explainConstraint(constraint, context, environment));
  const rest = constraints.slice(mostConstraints);
  if (rest.length === 0) return told;
  const holds = verdictOf(rest, context, environment);
  const text = `${rest.length} more constraints, not told one by one: ${holds ? 'all hold' : 'not all of them hold'}`;
  return [...told, step('constraints', holds, text, { count: rest.length })];
}

function explainConstraint(
  constraint: ConstraintDefinition,
  context: Context,
  environment: ConstraintEnvironment,
): Step {
  const { contextName, operator, value, inverted, caseInsensitive } = constraint;
  const isExact = environment.semantics === 'yggdrasil';
  const values = (isExact ? constraint.exactValues : undefined) ?? constraint.values;
  const isList = !usesValue(operator);
  const isTime = isDate(operator) && (!isExact || contextName === 'currentTime');
  const seen = isTime
    ? timeText(context.currentTime ?? new Date(environment.now()))
    : fieldReader(contextName, new Set())(context);
  const holds = verdictOf([constraint], context, environment);
  const fixed = fixedVerdict(constraint, environment);
  const wanted = isList ? shownList(values) : shown(value);
  const field = isTime ? 'currentTime' : contextName;
  const words = `${field} ${inverted ? 'not ' : ''}${operator} ${wanted}${caseInsensitive ? ', ignoring case' : ''}`;
  const why =
    fixed === undefined ? `saw ${shown(seen)}` : `${fixed ? 'always' : 'never'} satisfied, whatever the context`;
  return step('constraint', holds, `${words}: ${why}`, {
    contextName,
    operator,
    inverted,
    caseInsensitive,
    ...(isList ? { wanted: listed(values) } : { wanted: typeof value === 'string' ? cut(value) : (value ?? null) }),
    seen: seen === undefined ? null : cut(seen),
    fixed: fixed ?? null,
  });
}

/** Whether all of them hold, by the engine itself. */
function verdictOf(
  constraints: readonly ConstraintDefinition[],
  context: Context,
  environment: ConstraintEnvironment,
): boolean {
  const test = compileConstraints(constraints, new Set(), environment);
  return typeof test === 'boolean' ? test : holds(test, context);
}

/** The verdict of a constraint that no context can change; undefined for all others. */
function fixedVerdict(constraint: ConstraintDefinition, environment: ConstraintEnvironment): boolean | undefined {
  const test = compileConstraints([constraint], new Set(), environment);
  return typeof test === 'boolean' ? test : undefined;
}

/** A client may have sent a time that is none. */
function timeText(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'no time' : time.toISOString();
}

function isDate(operator: string): boolean {
  return operator === 'DATE_AFTER' || operator === 'DATE_BEFORE';
}

function usesValue(operator: string): boolean {
  return /^(NUM|DATE|SEMVER)_/.test(operator) || operator === 'REGEX';
}
