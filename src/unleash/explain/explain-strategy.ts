import { cut, listed, type Step, shown, shownList, step } from '../../flags/explanation.ts';
import type { SegmentDefinition, StrategyDefinition } from '../definitions/types.ts';
import { type Context, rootReader } from '../engine/context.ts';
import { holds } from '../engine/predicate.ts';
import { builtInStrategyNames, compileSegments, compileStrategy } from '../engine/strategies/compile.ts';
import { listParameter, percentageParameter } from '../engine/strategies/parameters.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { explainRollout } from './explain-bucket.ts';
import { explainConstraints } from './explain-constraint.ts';
import type { RecordedDraws } from './recorded-draws.ts';

/** Most segments of one strategy that are told. All of them are asked. */
const mostSegments = 50;

/** What explaining needs besides the definitions. */
export interface ExplainWorld {
  /** With `random` from {@link draws}. */
  readonly environment: EngineEnvironment;
  readonly draws: RecordedDraws;
  readonly segments: ReadonlyMap<unknown, SegmentDefinition>;
}

/** A strategy that was explained: the whole of it, and the first part that it failed at. */
export interface ExplainedStrategy {
  readonly holds: boolean;
  readonly step: Step;
  /** The part that decided: the first that did not hold, or the strategy's own test. */
  readonly decisive: Step;
}

/** Explains one strategy in the order in which the engine asks its parts: constraints, segments, then its own test. */
export function explainStrategy(
  strategy: StrategyDefinition | null,
  position: number,
  context: Context,
  world: ExplainWorld,
): ExplainedStrategy {
  if (strategy === null) {
    const broken = step('strategy', false, `Strategy ${position}: cannot be read and counts as no`, { position });
    return { holds: false, step: broken, decisive: broken };
  }
  const conditions = [
    ...explainConstraints(strategy.constraints, context, world.environment),
    ...explainSegments(strategy, context, world),
  ];
  const failed = conditions.find(({ verdict }) => verdict === 'no');
  // Code from outside is asked only where a request would ask it.
  const own = failed === undefined ? explainOwnTest(strategy, context, world) : notAsked(strategy);
  const holds = failed === undefined && own.verdict === 'yes';
  const { name, parameters } = strategy;
  const text = `Strategy ${position}: ${name}`;
  const facts = { position, name, parameters: shortened(parameters) };
  const whole = step('strategy', holds, text, facts, [...conditions, own]);
  return { holds, step: whole, decisive: failed ?? own };
}

/** A strategy that nobody came to. */
export function skippedStrategy(strategy: StrategyDefinition | null, position: number): Step {
  const name = strategy?.name ?? null;
  return step(
    'strategy',
    'skipped',
    `Strategy ${position}: ${name ?? 'cannot be read'}, not asked: the answer was there`,
    {
      position,
      name,
    },
  );
}

function explainSegments(strategy: StrategyDefinition, context: Context, world: ExplainWorld): Step[] {
  if (strategy.segments === 'broken') {
    return [
      step('segment', false, 'the list of segments cannot be read: none of them holds', { problem: 'unreadable' }),
    ];
  }
  const steps = strategy.segments.slice(0, mostSegments).map((id) => explainSegment(id, context, world));
  const rest = strategy.segments.slice(mostSegments);
  if (rest.length === 0) return steps;
  const holds = rest.every((id) => explainSegment(id, context, world).verdict === 'yes');
  return [
    ...steps,
    step('segments', holds, `${rest.length} more segments, not told one by one`, { count: rest.length }),
  ];
}

function explainSegment(id: unknown, context: Context, { segments, environment }: ExplainWorld): Step {
  const segment = segments.get(id);
  if (segment === undefined) {
    return step('segment', false, `Segment ${shown(id)} does not exist: it holds for nobody`, {
      id,
      problem: 'missing',
    });
  }
  const name = nameOf(segment.source);
  const steps = explainConstraints(segment.constraints, context, environment);
  const test = compileSegments([segment], environment).get(id)?.test ?? false;
  const verdict = typeof test === 'boolean' ? test : holds(test, context);
  const text = `Segment ${shown(id)}${name === undefined ? '' : ` ${shown(name)}`}${steps.length === 0 ? ', without constraints' : ''}`;
  return step('segment', verdict, text, { id, name: name ?? null }, steps);
}

function nameOf(source: unknown): string | undefined {
  const name = (source as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? name : undefined;
}

/** The strategy without its conditions, by the engine itself. */
function explainOwnTest(strategy: StrategyDefinition, context: Context, world: ExplainWorld): Step {
  const { environment, draws } = world;
  const from = draws.position;
  const bare = { ...strategy, constraints: [], segments: [] };
  const test = compileStrategy(bare, new Map(), new Set(), environment);
  const verdict = typeof test === 'boolean' ? test : holds(test, context);
  const until = draws.position;
  draws.rewind(from);
  const told = tellOwnTest(strategy, context, world, verdict);
  draws.rewind(until);
  return told;
}

function tellOwnTest(strategy: StrategyDefinition, context: Context, world: ExplainWorld, holds: boolean): Step {
  const { environment, draws } = world;
  const { name, parameters } = strategy;
  if (environment.customStrategies.has(name)) {
    return step('custom', holds, `code from outside said ${holds ? 'yes' : 'no'}; nobody can look inside`, { name });
  }
  switch (name) {
    case 'default':
      return step('always', holds, 'for everybody');
    case 'userWithId':
      return tellList('userId', 'users', listParameter(parameters.userIds), context, holds);
    case 'remoteAddress':
      return tellList('remoteAddress', 'addresses', listParameter(parameters.IPs), context, holds);
    case 'applicationHostname': {
      const names = listParameter(parameters.hostNames) ?? [];
      const text = `hosts ${shownList(names)}: this machine is ${shown(environment.hostname)}`;
      return step('list', holds, text, { field: 'hostname', wanted: listed(names), seen: environment.hostname });
    }
    case 'gradualRolloutRandom': {
      const percentage = percentageParameter(parameters.percentage);
      const text = `${percentage} % of requests, by chance: this one ${holds ? 'is' : 'is not'} among them`;
      return step('chance', holds, text, { percentage, drawn: percentage >= 1 ? draws.next() : null });
    }
    case 'flexibleRollout':
    case 'gradualRolloutUserId':
    case 'gradualRolloutSessionId':
      return explainRollout(name, parameters, context, environment, holds);
    default:
      return step('unknown', holds, `strategy ${shown(name)} is not known here: it is for nobody`, {
        name,
        known: builtInStrategyNames,
      });
  }
}

function tellList(
  field: 'userId' | 'remoteAddress',
  what: string,
  entries: readonly string[] | undefined,
  context: Context,
  holds: boolean,
): Step {
  const seen = rootReader(field, new Set())(context);
  const text = `${what} ${shownList(entries ?? [])}: saw ${shown(seen)}`;
  return step('list', holds, text, {
    field,
    wanted: listed(entries ?? []),
    seen: seen === undefined ? null : cut(seen),
  });
}

function notAsked({ name }: StrategyDefinition): Step {
  return step('own', 'skipped', `${name} itself, not asked: a condition does not hold`, { name });
}

function shortened(parameters: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? cut(value) : shown(value),
  ]);
  return Object.fromEntries(texts.slice(0, 20));
}
