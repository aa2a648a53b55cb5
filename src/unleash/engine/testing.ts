import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { type Context, createProperties } from './context.ts';
import { firstVariant, off } from './outcome.ts';
import type { EngineEnvironment } from './strategies/types.ts';

/** An engine environment in which nothing is left to chance. */
export const testEnvironment: EngineEnvironment = {
  random: () => 0.5,
  now: () => Date.parse('2026-01-01T00:00:00Z'),
  hostname: 'machine-1',
  customStrategies: new Map(),
};

/** A context with some fields; everything else goes into its properties. */
export function testContext(fields: Partial<Context> = {}, properties: Record<string, unknown> = {}): Context {
  return {
    appName: undefined,
    environment: undefined,
    userId: undefined,
    sessionId: undefined,
    remoteAddress: undefined,
    currentTime: undefined,
    ...fields,
    properties: Object.assign(createProperties(), properties),
  };
}

/** Answers for one flag of a document: `off`, `on` or the variant's name. */
export function answerOf(document: unknown, name: string, context: Context, environment = testEnvironment): string {
  const set = compile(readDefinitions(document), environment);
  const outcomes = set.createOutcomes();
  set.evaluate(context, outcomes);
  const index = set.indexOf(name);
  const outcome = outcomes[index] ?? off;
  if (outcome === off) return 'off';
  return set.flags[index]?.variants[outcome - firstVariant]?.name ?? 'on';
}

/** A document with one flag `f` that has one `default` strategy with these constraints. */
export function constrained(...constraints: unknown[]): object {
  return { features: [{ name: 'f', enabled: true, strategies: [{ name: 'default', constraints }] }] };
}
