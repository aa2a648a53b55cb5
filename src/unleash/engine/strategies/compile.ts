import type { SegmentDefinition, StrategyDefinition } from '../../definitions/types.ts';
import { type ConstraintEnvironment, compileConstraints } from '../constraints/compile.ts';
import { all, type Condition, Fresh, holds, type Predicate, type Test } from '../predicate.ts';
import { applicationHostname, remoteAddress, userWithId } from './lists.ts';
import { flexibleRollout, gradualRollout, gradualRolloutRandom } from './rollouts.ts';
import type { EngineEnvironment, StrategyCompiler } from './types.ts';

const builtIn = new Map<string, StrategyCompiler>([
  ['default', () => true],
  ['applicationHostname', applicationHostname],
  ['gradualRolloutRandom', gradualRolloutRandom],
  ['gradualRolloutUserId', gradualRollout('userId')],
  ['gradualRolloutSessionId', gradualRollout('sessionId')],
  ['userWithId', userWithId],
  ['remoteAddress', remoteAddress],
  ['flexibleRollout', flexibleRollout],
]);

/** Names of the strategies that need no extension, as reported at registration. */
export const builtInStrategyNames: readonly string[] = [...builtIn.keys()];

/** Compiled segments by id, shared by all strategies of a document. */
export type CompiledSegments = ReadonlyMap<unknown, { readonly test: Test; readonly reads: ReadonlySet<string> }>;

/** Compiles every segment once. */
export function compileSegments(
  segments: Iterable<SegmentDefinition>,
  environment: ConstraintEnvironment,
): CompiledSegments {
  const compiled = new Map<unknown, { test: Test; reads: Set<string> }>();
  for (const segment of segments) {
    const reads = new Set<string>();
    const test = compileConstraints(segment.constraints, reads, environment);
    compiled.set(segment.id, { test: typeof test === 'boolean' ? test : asOne(test), reads });
  }
  return compiled;
}

/** One condition, which a request asks once for all strategies. */
function asOne(condition: Condition): Predicate {
  return typeof condition === 'function' ? condition : (context) => holds(condition, context);
}

/**
 * One test for a strategy: its own constraints, those of its segments, and the strategy itself. A segment or strategy
 * that is not known counts as false.
 */
export function compileStrategy(
  strategy: StrategyDefinition,
  segments: CompiledSegments,
  reads: Set<string>,
  environment: EngineEnvironment,
): Test {
  const own = new Set<string>();
  const test = all([
    compileConstraints(strategy.constraints, own, environment),
    segmentTest(strategy, segments, own),
    strategyTest(strategy, own, environment),
  ]);
  // What a strategy reads matters only if it can still be either way.
  if (typeof test !== 'boolean') for (const name of own) reads.add(name);
  return test;
}

function segmentTest(strategy: StrategyDefinition, segments: CompiledSegments, reads: Set<string>): Test {
  if (strategy.segments === 'broken') return false;
  const tests: Test[] = [];
  for (const id of strategy.segments) {
    const segment = segments.get(id);
    if (segment === undefined) return false;
    tests.push(segment.test);
    for (const name of segment.reads) reads.add(name);
  }
  return all(tests);
}

function strategyTest(strategy: StrategyDefinition, reads: Set<string>, environment: EngineEnvironment): Test {
  const custom = environment.customStrategies.get(strategy.name);
  if (custom !== undefined) {
    // Nobody can tell what foreign code looks at.
    reads.add('*');
    const { parameters } = strategy;
    return new Fresh((context) => custom(parameters, context), true);
  }
  return builtIn.get(strategy.name)?.(strategy.parameters, reads, environment) ?? false;
}
